"""What one kind of schedule does to a pair: who became what, in order; its smallest schedule; what ends it."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from harness.model.units import ms
from harness.search.boundary import Edges, Share, edges, in_some_phase, share
from harness.search.ending import ending
from harness.search.other_faults import by_other_faults
from harness.search.pair import SimulatedPair
from harness.search.schedule import Schedule
from harness.search.shrink import Still, shrink, with_act
from harness.simulation.snapshot import Harm
from harness.simulation.state import first

MOST_WAYS: Final = 64
DEEP: Final = 10  # choices of one run that are varied
RACE_NS: Final = 1 * ms
MARGIN_NS: Final = 50 * ms
OTHERS: Final = 12  # other faults of the same mechanism that a line must end, too


class Kind(NamedTuple):
    """Two schedules with one harm and one story are one mechanism."""

    harm: Harm
    story: str


class Mechanism(NamedTuple):
    """`smallest`: a schedule; `inside`: one that is away from the edges, for a lab whose timers are late.

    `edges`: of each act of the smallest, in whichever phase. `also_by`: other faults that do the same.
    `ended_by`, `not_ended_by`: lines of keepalived.conf.

    `at_other_times`: lines with which the same faults hurt if they last longer, or come at other instants.
    `owner`: at rest, before the first fault.
    `certain`: it hurts in whatever order things happen that are less than 1 ms apart; None: not every order was tried.
    """

    kind: Kind
    smallest: Schedule
    inside: Schedule
    edges: tuple[Edges, ...]
    share: Share
    certain: bool | None
    ended_by: tuple[str, ...]
    at_other_times: tuple[str, ...]
    not_ended_by: tuple[str, ...]
    hits: int
    also_by: tuple[Schedule, ...] = ()
    owner: str = ""


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


def mechanism(pair: SimulatedPair, found: Schedule, of: Kind, hits: int, others: Iterable[Schedule] = ()) -> Mechanism:
    """`found`: a schedule of that kind. `others`: more of it, by whichever faults."""

    def still(schedule: Schedule) -> bool:
        return kind(pair, schedule) == of

    smallest = shrink(found, pair.advert_int_ns, still)
    around = tuple(edges(smallest, number, still) for number in range(len(smallest.acts)))
    every = (in_some_phase(smallest, number, pair.advert_int_ns, still) for number in range(len(smallest.acts)))
    also = tuple(islice(by_other_faults(others, smallest, pair.advert_int_ns, still), OTHERS))
    tried = ending(pair, smallest, also)
    return Mechanism(
        of,
        smallest,
        _inside(smallest, around, pair.advert_int_ns, still),
        tuple(every),
        share(smallest, pair.advert_int_ns, still),
        certain(pair, smallest),
        tried.ends,
        tried.moves,
        tried.fails,
        hits,
        also,
        pair.owner,
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


def _changes(told: Iterator[str]) -> Iterator[str]:
    last = ""
    for what in told:
        if what != last:
            yield what
        last = what
