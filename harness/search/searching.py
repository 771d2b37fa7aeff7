"""Which schedules are tried, in order: each fault alone, pairs of faults on a grid, then more, drawn at random."""

import random
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final, NamedTuple

from harness.model.units import ms
from harness.search.pair import Ended, SimulatedPair
from harness.search.schedule import Act, Schedule

TENTHS: Final = (2, 5, 10, 20, 30, 35, 40, 60, 90, 120)  # of advert_int: how long one fault lasts
COARSE: Final = (10, 35, 60, 90)  # of two faults
BEGINS: Final = (0, 5, 20, 40, 55)  # of advert_int: how much later the second begins
PHASES: Final = 8
BURST: Final = 55  # and longer than the second announcement is away


class Hit(NamedTuple):
    schedule: Schedule
    ended: Ended


class Grid(NamedTuple):
    """All in ns."""

    lasts: tuple[int, ...]
    coarse: tuple[int, ...]
    begins: tuple[int, ...]
    phases: tuple[int, ...]


def grid(pair: SimulatedPair) -> Grid:
    """By the pair's own timers: their advert_int, their master-down, their second announcement, their checks."""
    unit = pair.advert_int_ns / 10
    own = {pair.master_down_ns + round(5 * unit), pair.master_down_ns + pair.second_ns + round(5 * unit)}
    if pair.checks_fail_ns:
        own.add(pair.checks_fail_ns + pair.master_down_ns + round(5 * unit))
    lasts = {round(n * unit) for n in TENTHS} | own
    coarse = {round(n * unit) for n in COARSE} | own
    phases = [(2 * n + 1) * pair.advert_int_ns // (2 * PHASES) for n in range(PHASES)]
    return Grid(*(tuple(sorted(each)) for each in (lasts, coarse, {round(n * unit) for n in BEGINS}, phases)))


def hits(pair: SimulatedPair, schedules: Iterator[Schedule]) -> Iterator[Hit]:
    """Of those that the lab can do."""
    for schedule in schedules:
        if len(schedule.acts) > 1 and pair.refuses(schedule):
            continue
        ended = pair.run(schedule)
        if ended.harm or ended.late_ns:
            yield Hit(schedule, ended)


def alone(pair: SimulatedPair, among: Grid) -> Iterator[Schedule]:
    """Each fault alone, for each duration, in each phase."""
    for word, lasts, phase in product(pair.words, among.lasts, among.phases):
        yield Schedule((Act(word, 0, lasts),), phase)


def in_pairs(pair: SimulatedPair, among: Grid, seed: int) -> Iterator[Schedule]:
    """Every two faults, in an order that a seed decides: a search that ends early has seen some of each.

    One may come twice, as of a link that flaps.
    """
    draw = random.Random(seed)  # noqa: S311 - a sample, no secret
    every = list(product(product(pair.words, pair.words), among.coarse, among.coarse, among.begins))
    draw.shuffle(every)
    for (first, second), lasts, others, begin in every:
        if begin > lasts if first == second else begin or first < second:
            yield Schedule((Act(first, 0, lasts), Act(second, begin, others)), draw.choice(among.phases))


def drawn(pair: SimulatedPair, seed: int, acts: int = 3) -> Iterator[Schedule]:
    """Without an end. Durations from a third of advert_int to 15 of them, as many short ones as long ones."""
    draw = random.Random(seed)  # noqa: S311 - a sample, no secret
    names: Sequence[str] = list(pair.words)
    longest = pair.master_down_ns + 3 * pair.advert_int_ns
    while True:
        chosen = [
            Act(draw.choice(names), draw.randrange(longest) if n else 0, _some(draw, pair.advert_int_ns))
            for n in range(draw.randint(2, acts))
        ]
        yield Schedule(tuple(chosen), draw.randrange(pair.advert_int_ns))


def _some(draw: random.Random, advert_int_ns: int) -> int:
    return max(ms, round(advert_int_ns * 10 ** draw.uniform(-0.5, 1.2)))
