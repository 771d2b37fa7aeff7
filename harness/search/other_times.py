"""The same faults at other times: as much longer as a pair's timers are slower, or at any of its own timers."""

import random
from collections.abc import Iterator
from itertools import islice, product
from typing import Final

from harness.search.pair import SimulatedPair
from harness.search.schedule import Act, Schedule
from harness.search.searching import grid

STEPS: Final = 4  # of one interval, in which a longer fault is tried
TIMES: Final = 240
SEED: Final = 1


def longer(schedule: Schedule, by: int, advert_int_ns: int) -> Iterator[Schedule]:
    """The same faults, as much longer as timers are slower, and somewhat more or less; none if they are not slower.

    What begins later may belong to the takeover, and then it is as much later. What must end just after the takeover
    has a narrow window: hence steps of a quarter of an interval.
    """
    steps = range(-STEPS, 2 * STEPS) if by > 0 else ()
    for later, step in product((0, by) if any(act.begin for act in schedule.acts) else (0,), steps):
        more = by + step * advert_int_ns // STEPS
        acts = (act._replace(begin=act.begin and act.begin + later, lasts=act.lasts + more) for act in schedule.acts)
        yield schedule._replace(acts=tuple(acts))


def otherwise_timed(schedule: Schedule, pair: SimulatedPair, times: int = TIMES) -> Iterator[Schedule]:
    """Lengths and instants as the pair's own timers have them: all of one fault, `times` of several."""
    among = grid(pair)
    lengths = (*among.lasts, pair.over_ns)
    begins = (0,) if len(schedule.acts) == 1 else sorted({*among.begins, *(act.begin for act in schedule.acts)})
    each = [[Act(act.word, begin, lasts) for begin, lasts in product(begins, lengths)] for act in schedule.acts]
    if len(each) == 1:
        return (Schedule((act,), phase) for act, phase in product(each[0], among.phases))
    return islice(_drawn(each, among.phases), times)


def _drawn(each: list[list[Act]], phases: tuple[int, ...]) -> Iterator[Schedule]:
    draw = random.Random(SEED)  # noqa: S311 - a sample, no secret
    while True:
        yield Schedule(tuple(map(draw.choice, each)), draw.choice(phases))
