"""Why a cache is stale. Several causes lead to the same state; frames and the cache's own events tell them apart."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from harness.checks._alone import Alone, must_know
from harness.checks._bounds import allowing, limits, slack
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import ArpSeen
from harness.model.topology import Cache
from harness.model.units import ms
from harness.model.virtual_router import RouterVip

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
    """`name`: the cache's in `Topology.caches`."""

    t: int
    name: str
    cache: Cache
    reached: str | None
    owner: str


def stale_because(history: History, step: Step) -> dict[str, Cause]:
    """Each cache that was stale in the step → why, when it last began to be."""
    every = (stale for vip in history.topology.vips for stale in stale_caches(history, step, vip))
    return {stale.name: cause(history, step, stale) for stale in every}


def stale_caches(history: History, step: Step, vip: RouterVip) -> list[Stale]:
    """The first stale instant of each cache in each time in which one node alone had the VIP; in order of time."""
    caches = history.tables.caches_of(vip).items()
    bound = allowing(limits(step, vip.router).stale_arp, slack(history, step))
    windows = must_know(history, step, vip, bound.ns)
    found = (next(_stale(history, name, cache, window), None) for window in windows for name, cache in caches)
    return sorted((stale for stale in found if stale), key=lambda stale: stale.t)


def cause(history: History, step: Step, stale: Stale) -> Cause:
    """What became of the owner's gratuitous ARP on its way to this cache, until the cache was stale."""
    vip = stale.cache.vip
    since = _sole_since(history, stale) - OVERLAP_NS - slack(history, step)
    first = next(iter(history.garps(vip, stale.owner, Interval(since, stale.t))), None)
    mac = first.sender_mac if first else history.topology.node(stale.owner).port(vip.segment).mac
    if history.tables.mac(stale.cache, stale.t) == mac:
        return "accepted, but frames go astray"
    if first is None:
        return "never sent"
    delivered = _delivered(history, stale, first)
    if delivered is None:
        return "sent but not delivered"
    known = history.tables.neighbours.changes((stale.cache.device, vip.address))
    if any(entry == mac for t, entry in known if delivered <= t <= stale.t):
        return "accepted, then overwritten"
    return "delivered but not accepted"


def _sole_since(history: History, stale: Stale) -> int:
    """When the owner took the VIP, or the last rival gave it up: whichever was later."""
    owners = history.tables.owners(stale.cache.vip)
    took = [held.begin for held in owners[stale.owner]]
    given_up = [held.end for node, holds in owners.items() if node != stale.owner for held in holds]
    return max(t for t in (*took, *given_up) if t <= stale.t)


def _delivered(history: History, stale: Stale, first: ArpSeen) -> int | None:
    """When one of the frames like `first`, from then on, left the switch by the cache's port."""
    vip = stale.cache.vip
    port = f"{stale.cache.device}.{vip.segment}"
    for seen in history.of(ArpSeen, Interval(first.t, stale.t)):
        announced = seen.gratuitous and (seen.sender_ip, seen.sender_mac) == (vip.address, first.sender_mac)
        if announced and seen.port == port and not seen.inward:
            return seen.t
    return None


def _stale(history: History, name: str, cache: Cache, window: Alone) -> Iterator[Stale]:
    """Wherever inside the window what the cache reaches is not the owner. Without an entry it is not stale: it asks."""
    for t in history.tables.arp_instants(cache, window.interval):
        reached = history.tables.arp(cache, t)
        if reached != window.owner and history.tables.mac(cache, t):
            yield Stale(t, name, cache, reached, window.owner)
