"""Searches a pair for a while, on every processor, and groups what hurts by mechanism."""

import os
import time
from collections.abc import Iterator
from itertools import chain, islice
from typing import Final, NamedTuple

from harness.search import searching
from harness.search.deciding import may_own
from harness.search.held import Held, held
from harness.search.hits import Found, Hits, add, hit_by, merged
from harness.search.mechanism import Kind, Mechanism, mechanism, story
from harness.search.pair import SimulatedPair
from harness.search.schedule import Schedule
from harness.search.subject import Subject
from harness.search.workers import workers

AT_ONCE: Final = 50  # schedules between two looks at the clock


class Budget(NamedTuple):
    """`seconds`: of searching. `most`: mechanisms that are shrunk and told, the most frequent first."""

    seconds: float
    seed: int
    most: int


class Late(NamedTuple):
    """Customers were without service for `ns` after the last fault: until an announcement was repeated.

    `owner`: at rest, before the first fault.
    """

    ns: int
    schedule: Schedule
    owner: str


class Searched(NamedTuple):
    """`alone`: has every fault been tried alone? `left`: kinds that were found and not told.

    `lacks`: what was done and the model does not have, so that it did nothing. `held`: what hurts while it lasts.
    Of each node that may be the owner at rest.

    `late`: of what heals late, that with the fewest faults, and of these the one that takes longest.
    """

    schedules: int
    alone: bool
    mechanisms: tuple[Mechanism, ...]
    left: int
    lacks: tuple[str, ...] = ()
    held: tuple[Held, ...] = ()
    late: Late | None = None


class _Job(NamedTuple):
    subject: Subject
    router: str
    budget: Budget
    shard: int
    shards: int
    owner: str


class _Found(NamedTuple):
    owner: str
    ran: int
    alone: bool
    kinds: Found
    lacks: set[str]
    late: Late | None


class _Held(NamedTuple):
    subject: Subject
    router: str
    owner: str


class _Shrink(NamedTuple):
    subject: Subject
    router: str
    owner: str
    kind: Kind
    hits: Hits


def find(subject: Subject, router: str, budget: Budget, shards: int = 0) -> Searched:
    """`shards` 0: one for each processor. Shards take every n-th schedule, so their number changes what is drawn."""
    number = shards or os.cpu_count() or 1
    owners = may_own(subject.pair(router).world.nodes, router)
    each = budget._replace(seconds=budget.seconds / len(owners))
    jobs = [_Job(subject, router, each, shard, number, owner) for owner in owners for shard in range(number)]
    with workers(number) as pool:
        found = list(pool.map(_search, jobs))
        kinds = [_Shrink(subject, router, owner, *each) for owner in owners for each in _of(owner, found).items()]
        chosen = sorted(kinds, key=lambda each: -each.hits.times)[: budget.most]
        told = tuple(pool.map(_shrink, chosen))
        lasting = tuple(chain(*pool.map(_lasting, [_Held(subject, router, owner) for owner in owners])))
    ran, alone = sum(each.ran for each in found), all(each.alone for each in found)
    lacks = tuple(sorted({each for shard in found for each in shard.lacks}))
    late = max((each.late for each in found if each.late), key=_lateness, default=None)
    return Searched(ran, alone, tuple(sorted(told, key=_weight)), len(kinds) - len(chosen), lacks, lasting, late)


def _of(owner: str, found: list[_Found]) -> Found:
    return merged(each.kinds for each in found if each.owner == owner)


def _weight(found: Mechanism) -> tuple[int, float]:
    """Few faults first, then those that hurt in most phases."""
    return len(found.smallest.acts), -found.share.hurts


def _lateness(late: Late) -> tuple[int, int]:
    return -len(late.schedule.acts), late.ns


def _search(job: _Job) -> _Found:
    pair = job.subject.pair(job.router, owner=job.owner)
    ends, alone = time.monotonic() + job.budget.seconds, False
    kinds: Found = {}
    late = list[Late]()
    schedules = _schedules(pair, job)
    singles = -(-_alone(pair) // job.shards)
    while time.monotonic() < ends and (some := list(islice(schedules, AT_ONCE))):
        for hit in searching.hits(pair, iter(some)):
            if hit.ended.harm:
                add(kinds, Kind(hit.ended.harm, story(pair)), hit_by(hit.schedule))
            elif hit.ended.late_ns:
                late = [max([*late, Late(hit.ended.late_ns, hit.schedule, job.owner)], key=_lateness)]
        alone = pair.ran >= singles
    return _Found(job.owner, pair.ran, alone, kinds, pair.lacks, next(iter(late), None))


def _schedules(pair: SimulatedPair, job: _Job) -> Iterator[Schedule]:
    """A shard's share. What is drawn has a seed of its own in each."""
    among = searching.grid(pair)
    yield from islice(searching.alone(pair, among), job.shard, None, job.shards)
    yield from islice(searching.in_pairs(pair, among, job.budget.seed), job.shard, None, job.shards)
    yield from searching.drawn(pair, job.budget.seed * job.shards + job.shard)


def _alone(pair: SimulatedPair) -> int:
    among = searching.grid(pair)
    return len(pair.words) * len(among.lasts) * len(among.phases)


def _lasting(job: _Held) -> tuple[Held, ...]:
    return held(job.subject.pair(job.router, owner=job.owner), job.subject.left_out)


def _shrink(job: _Shrink) -> Mechanism:
    hits = job.hits
    pair = job.subject.pair(job.router, owner=job.owner)
    return mechanism(pair, hits.smallest, job.kind, hits.times, hits.by.values())
