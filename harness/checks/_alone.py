"""When exactly one node owns a VIP, and from when on every cache and switch must lead to it."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from harness.checks._bounds import limits, slack
from harness.checks._words import at
from harness.history import History, Step
from harness.history.timeline import Interval, gaps, overlaps, union
from harness.model.virtual_router import RouterVip


class SoleOwner(NamedTuple):
    owner: str
    interval: Interval


def sole_owners(history: History, step: Step, vip: RouterVip) -> list[SoleOwner]:
    """Each interval of the watch in which exactly one node held the VIP, in order of time."""
    owners = history.tables.owners(vip)
    found = []
    for node in vip.nodes:
        others = overlaps(union([held for other in vip.router.others(node) for held in owners[other]]), [step.watch])
        for held in overlaps(owners[node], [step.watch]):
            found += [SoleOwner(node, interval) for interval in gaps(others, held)]
    return sorted(found, key=lambda one: one.interval)


def must_know(history: History, step: Step, vip: RouterVip, within_ns: int) -> Iterator[SoleOwner]:
    """The part of each interval of `sole_owners` in which every cache and switch must lead to the owner.

    It begins `within_ns` after the owner's first gratuitous ARP since it became the only owner, or after the deadline
    of that ARP. ARP that a drop of ours may have lost does not count: then the time runs from the end of the drop. An
    interval ends when an address is removed. The eye may read that late, so the slack is subtracted.

    When a drop of ours begins or ends, or a switch opens or shuts a port of the segment, the switches need time again
    to find the way: a new part begins, `within_ns` later. So a way that is lost for less than that is no fault of the
    pair, and one that is lost for longer is found.
    """
    for owner, interval in sole_owners(history, step, vip):
        since = _uncut(step, interval.begin)
        changed = interval.begin > step.first_effect_ns
        begin = (_announced(history, step, vip, owner, since) if changed else since) + within_ns
        end = interval.end if interval.end == step.ends_ns else interval.end - slack(history, step)
        for part in _parts(history, step, vip, interval, within_ns):
            if known := part & Interval(begin, end):
                yield SoleOwner(owner, known)


def unjudged(history: History, step: Step, vip: RouterVip, known: Iterable[SoleOwner]) -> str:
    """A sentence if the owner at the end of the watch took the VIP too late to be in a part of `must_know`; or "".

    `known`: these parts, one at least. Without this the parts of the owner before it would speak for the whole step.
    """
    *_, (owner, (begin, end)) = sole_owners(history, step, vip)
    if end < step.ends_ns or any(part.interval.begin >= begin for part in known):
        return ""
    return f"{owner} alone held {vip.address} from {at(step, begin)} on, and the watch ended before all had to know."


def _parts(history: History, step: Step, vip: RouterVip, interval: Interval, within_ns: int) -> Iterator[Interval]:
    """The interval without `within_ns` after each change of the way, and without the slack before it."""
    first, *changes = interval.instants(_way_changes(history, step, vip))
    late = slack(history, step)
    begins = [first, *(t + within_ns for t in changes)]
    ends = [*(t - late for t in changes), interval.end]
    return map(Interval, begins, ends)  # one that ends before it begins has no part in common with any time


def _way_changes(history: History, step: Step, vip: RouterVip) -> Iterator[int]:
    """When a drop of ours began or ended, or a switch of the VIP's segment opened or shut a port."""
    for cut in step.cut:
        yield from cut
    ports = history.tables.ports
    for port in ports.known():
        if history.topology.segment_of(port) == vip.segment:
            yield from (t for t, _ in ports.changes(port))


def _announced(history: History, step: Step, vip: RouterVip, owner: str, since: int) -> int:
    """The owner's first gratuitous ARP after `since`; its deadline if there is none."""
    took_over = any(held.begin == since for held in history.tables.holds(owner, vip.address))
    bounds = limits(step, vip.router)
    until = since + (bounds.announced if took_over else bounds.survivor).ns
    garps = (
        history.announcements(vip, owner, since, until)
        if took_over
        else history.garps(vip, owner, Interval(since, until))
    )
    return max(since, garps[0].t) if garps else until


def _uncut(step: Step, t: int) -> int:
    """`t`, or the end of the drops in force at `t`."""
    return max([t, *(cut.end for cut in union(step.cut) if cut.begin <= t)])
