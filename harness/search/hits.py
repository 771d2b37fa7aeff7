"""What a search hit, by kind: how often, the smallest schedule, and by which other faults the same came about. Pure."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from harness.search.mechanism import Kind
from harness.search.schedule import Schedule

MOST: Final = 1_000  # sets of faults that are kept of one kind by each shard, in whose order single ones come first


class Hits(NamedTuple):
    """`times`: how often. `smallest`: the schedule of this kind with the fewest faults, of those found the first.

    `by`: the names of the faults, one that comes twice twice → the first schedule that they made.
    """

    times: int
    smallest: Schedule
    by: dict[tuple[str, ...], Schedule]


Found = dict[Kind, Hits]


def hit_by(schedule: Schedule) -> Hits:
    return Hits(1, schedule, {schedule.words: schedule})


def add(found: Found, kind: Kind, hits: Hits, most: int = MOST) -> None:
    known = found.get(kind)
    if known is None:
        found[kind] = hits
        return
    smaller = len(hits.smallest.acts) < len(known.smallest.acts)
    for words, schedule in hits.by.items():
        if len(known.by) < most:
            known.by.setdefault(words, schedule)
    found[kind] = Hits(known.times + hits.times, hits.smallest if smaller else known.smallest, known.by)


def merged(every: Iterable[Found]) -> Found:
    """All that the shards kept: what the second of them found first may have fewer faults."""
    found, shards = Found(), list(every)
    for each in shards:
        for kind, hits in each.items():
            add(found, kind, hits, MOST * len(shards))
    return found
