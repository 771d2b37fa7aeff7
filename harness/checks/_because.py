"""Why a cache is stale. Several causes lead to the same state; frames and the cache's own events tell them apart."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from harness.checks._alone import SoleOwner, must_know
from harness.checks._bounds import allowing, limits, slack
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import ArpSeen
from harness.model.topology import Cache
from harness.model.units import ms
from harness.model.virtual_router import RouterVip

Cause = Literal[
    "never sent",  # the owner sent none since it became the only owner
    "sent but not delivered",  # none left the switch by the cache's port
    "delivered but not accepted",  # one did, and the entry did not change
    "accepted, then overwritten",  # by a later ARP of the rival
    "accepted, but frames go astray",  # the entry is right, but a switch leads to another node
]

OVERLAP_NS = 100 * ms
"""A pre-empted rival gives up when it receives the new owner's advert: shortly after the gratuitous ARP."""


class StaleCache(NamedTuple):
    """`name`: the cache's in `Topology.caches`."""

    t: int
    name: str
    cache: Cache
    reached: str | None
    owner: str


def stale_because(history: History, step: Step) -> dict[str, Cause]:
    """Each cache that was stale in the step → the cause of the last time that it became stale."""
    every = (stale for vip in history.topology.vips for stale in stale_caches(history, step, vip))
    return {stale.name: cause(history, step, stale) for stale in every}


def stale_caches(history: History, step: Step, vip: RouterVip) -> list[StaleCache]:
    """The first stale instant of each cache in each interval of `must_know`; in order of time."""
    caches = history.tables.caches_of(vip).items()
    bound = allowing(limits(step, vip.router).stale_arp, slack(history, step))
    windows = must_know(history, step, vip, bound.ns)
    found = (next(_stale(history, name, cache, window), None) for window in windows for name, cache in caches)
    return sorted((stale for stale in found if stale), key=lambda stale: stale.t)


def cause(history: History, step: Step, stale: StaleCache) -> Cause:
    """How far the owner's gratuitous ARP came on its way to this cache, until the cache was stale."""
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


def _sole_since(history: History, stale: StaleCache) -> int:
    """The later of two instants: the owner took the VIP, the last rival gave it up."""
    owners = history.tables.owners(stale.cache.vip)
    took = [held.begin for held in owners[stale.owner]]
    given_up = [held.end for node, holds in owners.items() if node != stale.owner for held in holds]
    return max(t for t in (*took, *given_up) if t <= stale.t)


def _delivered(history: History, stale: StaleCache, first: ArpSeen) -> int | None:
    """When `first`, or a later frame like it, left the switch by the cache's port; None if none did."""
    vip = stale.cache.vip
    port = f"{stale.cache.device}.{vip.segment}"
    for seen in history.of(ArpSeen, Interval(first.t, stale.t)):
        announced = seen.gratuitous and (seen.sender_ip, seen.sender_mac) == (vip.address, first.sender_mac)
        if announced and seen.port == port and not seen.inward:
            return seen.t
    return None


def _stale(history: History, name: str, cache: Cache, window: SoleOwner) -> Iterator[StaleCache]:
    """Each instant in the window at which the entry does not lead to the owner. Without an entry no cache is stale."""
    for t in history.tables.arp_instants(cache, window.interval):
        reached = history.tables.arp(cache, t)
        if reached != window.owner and history.tables.mac(cache, t):
            yield StaleCache(t, name, cache, reached, window.owner)
