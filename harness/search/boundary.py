"""For which durations and phases a schedule hurts: the edges, by bisection, and the share of all phases."""

from collections.abc import Callable
from typing import Final, NamedTuple

from harness.model.units import ms, s
from harness.search.schedule import Schedule
from harness.search.shrink import Still, with_act

EXACT: Final = ms
PHASES: Final = 40
FEW: Final = 12  # phases in which a length is tried
STEPS: Final = 24  # of a walk towards an edge
FURTHER: Final = 4  # times the present length is as far as is looked


class Edges(NamedTuple):
    """Of one act's duration, ns. `high` None: it hurts however long it lasts, as far as was tried."""

    word: str
    low: int
    high: int | None

    def __str__(self) -> str:
        upper = "" if self.high is None else f", up to {self.high / s:.3f} s"
        return f"{self.word} ≥ {self.low / s:.3f} s{upper}"


class Share(NamedTuple):
    """Of all phases. `windows`: (from, to) in ns after an advert."""

    hurts: float
    windows: tuple[tuple[int, int], ...]


def edges(schedule: Schedule, number: int, still: Still) -> Edges:
    """Around the act's present length, in the present phase."""
    act = schedule.acts[number]
    return Edges(
        act.word, *around(lambda lasts: still(with_act(schedule, number, act._replace(lasts=lasts))), act.lasts)
    )


def in_some_phase(schedule: Schedule, number: int, advert_int_ns: int, still: Still) -> Edges:
    """Around the act's present length, in whichever phase: what ends early in one phase may hurt in the next."""
    act, tried = schedule.acts[number], [schedule.phase, *_phases(advert_int_ns, FEW)]

    def hurts(lasts: int) -> bool:
        changed = with_act(schedule, number, act._replace(lasts=lasts))
        hit = next((phase for phase in tried if still(changed._replace(phase=phase))), None)
        if hit is not None:
            tried.sort(key=lambda phase: phase != hit)  # the next length is near: so may be its phase
        return hit is not None

    return Edges(act.word, *around(hurts, act.lasts))


def around(hurts: Callable[[int], bool], lasts: int) -> tuple[int, int | None]:
    """The shortest and the longest length that hurt, with all between them and `lasts`; None: however long."""
    step = max(EXACT, lasts // STEPS)
    low = _edge(hurts, lasts, 0, -step)
    return lasts if low is None else low, _edge(hurts, lasts, FURTHER * lasts, step)


def _edge(hurts: Callable[[int], bool], value: int, end: int, step: int) -> int | None:
    """The last value that hurts on the way to `end`; None if all do."""
    at = value
    while (at < end) if step > 0 else (at > end):
        following = min(at + step, end) if step > 0 else max(at + step, end)
        if following <= 0 or not hurts(following):
            return _between(hurts, at, following)
        at = following
    return None


def _between(hurts: Callable[[int], bool], inside: int, outside: int) -> int:
    while abs(outside - inside) > EXACT:
        middle = (inside + outside) // 2
        if hurts(middle):
            inside = middle
        else:
            outside = middle
    return inside


def share(schedule: Schedule, advert_int_ns: int, still: Still, phases: int = PHASES) -> Share:
    tried = _phases(advert_int_ns, phases)
    hit = [still(schedule._replace(phase=phase)) for phase in tried]
    windows, begin = list[tuple[int, int]](), None
    for number, hurts in enumerate([*hit, False]):
        if hurts and begin is None:
            begin = number
        elif not hurts and begin is not None:
            windows.append((begin * advert_int_ns // phases, number * advert_int_ns // phases))
            begin = None
    return Share(sum(hit) / phases, tuple(windows))


def _phases(advert_int_ns: int, number: int) -> list[int]:
    return [(2 * n + 1) * advert_int_ns // (2 * number) for n in range(number)]
