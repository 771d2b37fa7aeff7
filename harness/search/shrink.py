"""A schedule that hurts, made as small as it gets: fewer faults, together, shorter, rounder; the same mechanism."""

from collections.abc import Callable, Iterator
from typing import Final

from harness.model.units import ms
from harness.search.schedule import Act, Schedule

EXACT: Final = ms
ROUND: Final = (100 * ms, 50 * ms, 10 * ms, 5 * ms)

Still = Callable[[Schedule], bool]
"""Does this schedule hurt in the same way?"""


def shrink(schedule: Schedule, advert_int_ns: int, still: Still) -> Schedule:
    schedule = fewer(schedule, advert_int_ns, still)
    schedule = _together(schedule, still)
    for _ in range(2):  # when one is shorter, another may be, too
        for number in range(len(schedule.acts)):
            schedule = _shorter(schedule, number, still)
    return _rounder(schedule, still)


def fewer(schedule: Schedule, advert_int_ns: int, still: Still) -> Schedule:
    while smaller := next(filter(still, without_one(schedule, advert_int_ns)), None):
        schedule = smaller
    return schedule


def without_one(schedule: Schedule, advert_int_ns: int) -> Iterator[Schedule]:
    """With one fault less each. The first of those that are left begins at 0, in the phase that it had."""
    for number in range(len(schedule.acts) if len(schedule.acts) > 1 else 0):
        acts = schedule.acts[:number] + schedule.acts[number + 1 :]
        start = min(act.begin for act in acts)
        moved = tuple(act._replace(begin=act.begin - start) for act in acts)
        yield Schedule(moved, (schedule.phase + start) % advert_int_ns)


def _together(schedule: Schedule, still: Still) -> Schedule:
    for number, act in enumerate(schedule.acts):
        if act.begin:
            schedule = _if(schedule, number, act._replace(begin=0), still)
    return schedule


def _shorter(schedule: Schedule, number: int, still: Still) -> Schedule:
    """The shortest that still hurts, to `EXACT`, by bisection below the present length."""
    low, high = 0, schedule.acts[number].lasts
    while high - low > EXACT:
        middle = (low + high) // 2
        other = with_act(schedule, number, schedule.acts[number]._replace(lasts=middle))
        if still(other):
            schedule, high = other, middle
        else:
            low = middle
    return schedule


def _rounder(schedule: Schedule, still: Still) -> Schedule:
    for unit in ROUND:
        for number, act in enumerate(schedule.acts):
            schedule = _if(schedule, number, act._replace(lasts=-(-act.lasts // unit) * unit), still)
    return schedule


def _if(schedule: Schedule, number: int, act: Act, still: Still) -> Schedule:
    other = with_act(schedule, number, act)
    return other if other != schedule and still(other) else schedule


def with_act(schedule: Schedule, number: int, act: Act) -> Schedule:
    """The same, with another act in that place."""
    return schedule._replace(acts=(*schedule.acts[:number], act, *schedule.acts[number + 1 :]))
