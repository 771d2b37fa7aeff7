"""An outage split: detection (→ handover), announcement (→ gratuitous ARP), convergence (→ cache), service (→ good).

The outage is that of one vantage point. Its handover is the one to the node that then served it: of two in a row (a
takeover, then the old master survives its rival) the later one. Every instant is clipped to the outage, so that the
phases that the history shows add up to it.
"""

from typing import NamedTuple

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.outcome import PhasesOutcome
from harness.model.topology import Cache
from harness.model.units import seconds
from harness.recovery.handover import Handover, handovers


class ObservedOutage(NamedTuple):
    """An outage as the vantage point saw it. `end` None: until the end of the watch.

    `before`: when the arrival before the outage's first one was due: the cause came later.
    `known`: when the first good arrival was answered (or the watch ended): the cause of the recovery came earlier.
    `by`: the node that answered it, None if unknown.
    """

    vantage: str
    before: int
    begin: int
    end: int | None
    known: int
    by: str | None


def handover_of(history: History, step: Step, observed: ObservedOutage, since: int) -> Handover | None:
    """The handover, after `since`, that ended the outage; None if the VIP did not move.

    An address event may be read late, and a cache may change before the old owner gives up.
    """
    vip = history.tables.cache_of(observed.vantage).vip
    late = history.lag_ns(step.watch)
    begin, end = max(since, observed.before - late), observed.known + late
    near = [handover for handover in handovers(history, step, vip) if begin <= handover.t <= end]
    if observed.end is None:
        return max(near, default=None)
    followed = [handover for handover in near if handover.node == observed.by]
    return max((handover for handover in followed if handover.t <= observed.known), default=min(followed, default=None))


def phases(history: History, step: Step, observed: ObservedOutage, handover: Handover | None) -> PhasesOutcome | None:
    """None if neither the VIP nor the vantage point's cache moved: then only a path or a server failed.

    Also if the VIP did not move, and it is not known which cache decided.
    """
    cache = history.tables.cache_at(observed.vantage, observed.before)
    vip = history.tables.cache_of(observed.vantage).vip
    node = handover.node if handover else observed.by or (history.tables.arp(cache, observed.known) if cache else None)
    late_ns = history.lag_ns(Interval(observed.before, observed.known))
    if not handover and (cache is None or history.tables.arp(cache, observed.before - late_ns) == node):
        return None
    if handover:
        told = handover.announced(history, step, vip, observed.known + 1)
        taken = min(handover.t, told or handover.t)  # a frame's stamp is never late
    else:
        garps = history.garps(vip, node, Interval(observed.begin, observed.known + 1)) if node else []
        told, taken = garps[0].t if garps else None, None
    return _split(observed, taken, told, _converged(history, cache, node, observed))


def _converged(history: History, cache: Cache | None, node: str | None, observed: ObservedOutage) -> int | None:
    """Since when the cache leads to `node`; None if it does not. The eye may read the change after it took effect."""
    if node is None or cache is None:
        return None
    t, reached = history.tables.arp_changes(cache, Interval(observed.begin, observed.known))[-1]
    if reached == node:
        return t
    if observed.end is None:
        return None
    late_ns = history.lag_ns(Interval(observed.begin, observed.known))
    later = history.tables.arp_changes(cache, Interval(observed.known, observed.known + late_ns + 1))
    return next((t for t, to in later if to == node), None)


def _split(observed: ObservedOutage, *instants: int | None) -> PhasesOutcome:
    """The phase of an instant that never came is None; the next one counts from the last instant that came."""
    position = observed.begin
    lengths: list[float | None] = []
    for instant in (*instants, observed.end):
        if instant is None:
            lengths.append(None)
            continue
        reached = max(position, instant if observed.end is None else min(instant, observed.end))
        lengths.append(seconds(reached - position))
        position = reached
    return PhasesOutcome(*lengths)
