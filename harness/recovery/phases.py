"""An outage split: detection (→ handover), announcement (→ gratuitous ARP), convergence (→ cache), service (→ good).

It is one vantage point's, and ends with the handover to the node that then served it: of two in a row (a takeover, then
the old master outlives its rival) the later one. Every instant is clipped to the outage, so that the phases that the
history shows add up to it.
"""

from typing import NamedTuple

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.outcome import PhasesOutcome
from harness.model.topology import Cache
from harness.model.units import seconds
from harness.recovery.handover import Handover, handovers


class Lived(NamedTuple):
    """An outage as the vantage point lived it. `end` None: to the end of the watch.

    `before`: when the arrival before its first was due: what broke the service came later than that.
    `known`: when the first good arrival was answered (or the watch ended): what made it good had happened by then.
    `by`: the node that answered it, None if unknown.
    """

    vantage: str
    before: int
    begin: int
    end: int | None
    known: int
    by: str | None


def handover_of(history: History, step: Step, lived: Lived, since: int) -> Handover | None:
    """The handover, after `since`, that the outage ended with; None if the VIP stayed where it was.

    An address event may be read late, and a cache may follow before the old owner lets go.
    """
    vip = history.tables.cache_of(lived.vantage).vip
    late = history.lag_ns(step.watch)
    begin, end = max(since, lived.before - late), lived.known + late
    near = [handover for handover in handovers(history, step, vip) if begin <= handover.t <= end]
    if lived.end is None:
        return max(near, default=None)
    followed = [handover for handover in near if handover.node == lived.by]
    return max((handover for handover in followed if handover.t <= lived.known), default=min(followed, default=None))


def phases(history: History, step: Step, lived: Lived, handover: Handover | None) -> PhasesOutcome | None:
    """None if neither the VIP nor the vantage point's cache moved: only the way was cut, or a server."""
    cache = history.tables.cache_of(lived.vantage)
    node = handover.node if handover else lived.by or history.tables.arp(cache, lived.known)
    late_ns = history.lag_ns(Interval(lived.before, lived.known))
    if not handover and history.tables.arp(cache, lived.before - late_ns) == node:
        return None
    if handover:
        told = handover.announced(history, step, cache.vip, lived.known + 1)
        taken = min(handover.t, told or handover.t)  # a frame's stamp is never late
    else:
        garps = history.garps(cache.vip, node, Interval(lived.begin, lived.known + 1)) if node else []
        told, taken = garps[0].t if garps else None, None
    return _split(lived, taken, told, _converged(history, cache, node, lived))


def _converged(history: History, cache: Cache, node: str | None, lived: Lived) -> int | None:
    """Since when the cache leads to `node`; None if it does not. The change may be read after it took effect."""
    if node is None:
        return None
    t, reached = history.tables.arp_changes(cache, Interval(lived.begin, lived.known))[-1]
    if reached == node:
        return t
    if lived.end is None:
        return None
    late_ns = history.lag_ns(Interval(lived.begin, lived.known))
    later = history.tables.arp_changes(cache, Interval(lived.known, lived.known + late_ns + 1))
    return next((t for t, to in later if to == node), None)


def _split(lived: Lived, *instants: int | None) -> PhasesOutcome:
    """One that never came is None, and what follows counts from the last that did."""
    position = lived.begin
    lengths: list[float | None] = []
    for instant in (*instants, lived.end):
        if instant is None:
            lengths.append(None)
            continue
        reached = max(position, instant if lived.end is None else min(instant, lived.end))
        lengths.append(seconds(reached - position))
        position = reached
    return PhasesOutcome(*lengths)
