"""Why a cache is stale. Several causes lead to the same state; frames and the cache's own events tell them apart."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from harness.checks._alone import Alone, must_know
from harness.checks._bounds import allowing, limits, slack
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import ArpSeen
from harness.model.topology import Pair
from harness.model.units import ms

Cause = Literal[
    "never sent",  # none left the owner since it alone had the VIP
    "sent but not delivered",  # none of them left the switch by the cache's port
    "delivered but not accepted",  # one did, and the entry stayed as it was
    "accepted, then overwritten",  # by the rival's, which came later
    "accepted, but frames go astray",  # the entry is right: a switch leads elsewhere
]

OVERLAP_NS = 100 * ms
"""A rival that is pre-empted gives up when it hears the new owner's advert: moments after the gratuitous ARP."""


class Stale(NamedTuple):
    """From `t` on `cache` led to `reached` (None: to nobody), although `owner` alone had the VIP."""

    t: int
    cache: str
    reached: str | None
    owner: str


def stale_because(history: History, step: Step) -> dict[str, Cause]:
    """Each cache that was stale in the step → why, when it last began to be."""
    return {
        stale.cache: cause(history, step, pair, stale)
        for pair in history.topology.pairs.values()
        for stale in stale_caches(history, step, pair)
    }


def stale_caches(history: History, step: Step, pair: Pair) -> list[Stale]:
    """The first stale instant of each cache in each time in which one node alone had the VIP; in order of time."""
    caches = [cache for cache, of in history.topology.caches.items() if of == pair.name]
    bound = allowing(limits(step, pair).stale_arp, slack(history, step))
    windows = must_know(history, step, pair, bound.ns)
    found = (next(_stale(history, pair, cache, window), None) for window in windows for cache in caches)
    return sorted((stale for stale in found if stale), key=lambda stale: stale.t)


def cause(history: History, step: Step, pair: Pair, stale: Stale) -> Cause:
    """What became of the owner's gratuitous ARP on its way to this cache, until the cache was stale."""
    since = _sole_since(history, pair, stale) - OVERLAP_NS - slack(history, step)
    sent = history.garps(pair, stale.owner, Interval(since, stale.t))
    mac = sent[0].sender_mac if sent else history.topology.node(stale.owner).port(pair.segment).mac
    if history.tables.neighbours.at((stale.cache, pair.vip), stale.t) == mac:
        return "accepted, but frames go astray"
    if not sent:
        return "never sent"
    delivered = _delivered(history, pair, stale, sent[0])
    if delivered is None:
        return "sent but not delivered"
    known = history.tables.neighbours.changes((stale.cache, pair.vip))
    if any(entry == mac for t, entry in known if delivered <= t <= stale.t):
        return "accepted, then overwritten"
    return "delivered but not accepted"


def _sole_since(history: History, pair: Pair, stale: Stale) -> int:
    """When the owner took the VIP, or the last rival gave it up: whichever was later."""
    took = [held.begin for held in history.tables.holds(stale.owner, pair.vip)]
    given_up = [held.end for held in history.tables.holds(pair.peer(stale.owner), pair.vip)]
    return max(t for t in (*took, *given_up) if t <= stale.t)


def _delivered(history: History, pair: Pair, stale: Stale, first: ArpSeen) -> int | None:
    """When one of the frames like `first`, from then on, left the switch by the cache's port."""
    port = f"{stale.cache}.{pair.segment}"
    for seen in history.of(ArpSeen, Interval(first.t, stale.t)):
        announced = seen.gratuitous and (seen.sender_ip, seen.sender_mac) == (pair.vip, first.sender_mac)
        if announced and seen.port == port and not seen.inward:
            return seen.t
    return None


def _stale(history: History, pair: Pair, cache: str, window: Alone) -> Iterator[Stale]:
    """Wherever inside the window what the cache reaches is not the owner. Without an entry it is not stale: it asks."""
    for t in history.tables.arp_instants(cache, window.interval):
        reached = history.tables.arp(cache, t)
        if reached != window.owner and history.tables.neighbours.at((cache, pair.vip), t):
            yield Stale(t, cache, reached, window.owner)
