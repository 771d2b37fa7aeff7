"""What one kind of schedule does to a pair: who became what, in order; its smallest schedule; what ends it."""

from collections.abc import Iterator
from itertools import product
from typing import Final, NamedTuple

from harness.model.units import ms
from harness.search.boundary import Edges, Share, edges, share
from harness.search.pair import SimulatedPair
from harness.search.remedy import REMEDIES
from harness.search.schedule import Schedule
from harness.search.shrink import Still, shrink, with_act
from harness.simulation.snapshot import Harm
from harness.simulation.state import first

FEW: Final = 12  # phases in which a remedy must help
MOST_WAYS: Final = 64
DEEP: Final = 10  # choices of one run that are varied
RACE_NS: Final = 1 * ms
MARGIN_NS: Final = 50 * ms
STEPS: Final = 4  # of one interval, in which a longer fault is tried


class Kind(NamedTuple):
    """Two schedules with one harm and one story are one mechanism."""

    harm: Harm
    story: str


class Mechanism(NamedTuple):
    """`smallest`: a schedule; `inside`: one that is away from the edges, for a lab whose timers are late.

    `edges`: of each act of the smallest. `ended_by`, `not_ended_by`: lines of keepalived.conf.

    `needs_longer`: lines with which the same faults hurt if they last longer, as their slower timers allow.
    `certain`: it hurts in whatever order things happen that are less than 1 ms apart; None: not every order was tried.
    """

    kind: Kind
    smallest: Schedule
    inside: Schedule
    edges: tuple[Edges, ...]
    share: Share
    certain: bool | None
    ended_by: tuple[str, ...]
    needs_longer: tuple[str, ...]
    not_ended_by: tuple[str, ...]
    hits: int


def kind(pair: SimulatedPair, schedule: Schedule) -> Kind | None:
    """None: it does no lasting harm."""
    if any(act.lasts < ms for act in schedule.acts):
        return None
    harm = pair.run(schedule).harm
    return Kind(harm, story(pair)) if harm else None


def story(pair: SimulatedPair) -> str:
    """Of the run that was last: who became what and who announced itself, each change once."""
    roles = {node: "owner" if node == pair.owner else "standby" for node in pair.router.nodes}
    told = [(each.t, f"{roles[each.node]} {each.state}") for each in pair.told() if each.router == pair.router.name]
    told += [
        (each.t, f"{roles[each.node]} announces")
        for each in pair.world.nodes.announced
        if each.router == pair.router.name
    ]
    return ", ".join(_changes(what for _, what in sorted(told) if "RX_LOWER" not in what))


def mechanism(pair: SimulatedPair, found: Schedule, of: Kind, hits: int) -> Mechanism:
    """`found`: a schedule of that kind."""

    def still(schedule: Schedule) -> bool:
        return kind(pair, schedule) == of

    smallest = shrink(found, pair.advert_int_ns, still)
    around = tuple(edges(smallest, number, still) for number in range(len(smallest.acts)))
    tried = _remedies(pair, smallest)
    return Mechanism(
        of,
        smallest,
        _inside(smallest, around, pair.advert_int_ns, still),
        around,
        share(smallest, pair.advert_int_ns, still),
        certain(pair, smallest),
        tried.ends,
        tried.longer,
        tried.fails,
        hits,
    )


def _inside(schedule: Schedule, around: tuple[Edges, ...], advert_int_ns: int, still: Still) -> Schedule:
    """Each duration midway between its edges, or somewhat longer, and the middle of the widest window of phases."""
    for number, edge in enumerate(around):
        middle = (edge.low + edge.high) // 2 if edge.high else edge.low + max(MARGIN_NS, edge.low // 4)
        moved = with_act(schedule, number, schedule.acts[number]._replace(lasts=middle))
        schedule = moved if still(moved) else schedule
    windows = share(schedule, advert_int_ns, still).windows
    begin, end = max(windows, key=lambda window: window[1] - window[0], default=(schedule.phase, schedule.phase))
    moved = schedule._replace(phase=(begin + end) // 2)
    return moved if still(moved) else schedule


def certain(pair: SimulatedPair, schedule: Schedule) -> bool | None:
    """Does it hurt in every order of what is less than 1 ms apart? None: there are more orders than are tried."""
    state, tried, whole = pair.world.state, 0, True
    todo: list[tuple[int, ...]] = [()]
    state.queue.race_ns = RACE_NS
    try:
        while todo and tried < MOST_WAYS:
            chosen = _Chosen(todo.pop())
            state.chooser = chosen
            if not pair.run(schedule).harm:
                return False
            tried += 1
            todo += chosen.others()
            whole = whole and not chosen.deeper
    finally:
        state.queue.race_ns, state.chooser = 0, first
    return True if whole and not todo else None


class _Chosen:
    """Chooses as `prefix` says, then the likely way; `others`: what else could have been chosen on the way."""

    def __init__(self, prefix: tuple[int, ...]) -> None:
        self._prefix = prefix
        self._made: list[tuple[int, int]] = []

    def __call__(self, options: int, what: str) -> int:
        number = len(self._made)
        chosen = self._prefix[number] if number < len(self._prefix) else first(options, what)
        self._made.append((chosen, options))
        return chosen

    @property
    def deeper(self) -> bool:
        """Was more chosen than is varied?"""
        return any(options > 1 for _, options in self._made[DEEP:])

    def others(self) -> Iterator[tuple[int, ...]]:
        for at in range(len(self._prefix), min(len(self._made), DEEP)):
            done = tuple(chosen for chosen, _ in self._made[:at])
            yield from ((*done, other) for other in range(1, self._made[at][1]))


class _Tried(NamedTuple):
    ends: tuple[str, ...]
    longer: tuple[str, ...]
    fails: tuple[str, ...]


def _remedies(pair: SimulatedPair, schedule: Schedule) -> _Tried:
    """A line that is in force already is not named. One with slower timers must bear faults that are as much longer."""
    found: dict[str, list[str]] = {"ends": [], "longer": [], "fails": []}
    for remedy in REMEDIES:
        if remedy.changes(pair.settings):
            other = SimulatedPair(pair.topology, remedy.on(pair.settings), pair.router.name)
            if _hurt(other, schedule):
                found["fails"].append(remedy.line)
            else:
                longer = _longer(schedule, other.master_down_ns - pair.master_down_ns, other.advert_int_ns)
                hurts = any(_hurt(other, each) for each in longer if not other.refuses(each))
                found["longer" if hurts else "ends"].append(remedy.line)
    return _Tried(*(tuple(lines) for lines in found.values()))


def _longer(schedule: Schedule, by: int, advert_int_ns: int) -> Iterator[Schedule]:
    """The same faults, as much longer as timers are slower, and somewhat more or less; none if they are not slower.

    What begins later may belong to the takeover, and then it is as much later. What must end just after the takeover
    has a narrow window: hence steps of a quarter of an interval.
    """
    steps = range(-STEPS, 2 * STEPS) if by > 0 else ()
    for later, step in product((0, by) if any(act.begin for act in schedule.acts) else (0,), steps):
        more = by + step * advert_int_ns // STEPS
        acts = (act._replace(begin=act.begin and act.begin + later, lasts=act.lasts + more) for act in schedule.acts)
        yield schedule._replace(acts=tuple(acts))


def _hurt(pair: SimulatedPair, schedule: Schedule) -> bool:
    phases = ((2 * n + 1) * pair.advert_int_ns // (2 * FEW) for n in range(FEW))
    return any(pair.run(schedule._replace(phase=phase)).harm for phase in phases)


def _changes(told: Iterator[str]) -> Iterator[str]:
    last = ""
    for what in told:
        if what != last:
            yield what
        last = what
