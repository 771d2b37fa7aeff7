"""Where caches led, since when, until when, and which requests went that way."""

from collections.abc import Mapping
from itertools import groupby
from typing import NamedTuple

from harness.checks._because import StaleCache, cause
from harness.checks._evidence import ADDRESSES, ARP, FORWARDING, NEIGHBOURS, PROBES
from harness.checks._words import entries, names
from harness.explain._requests import outcomes
from harness.explain._scene import Scene, Sentences, several
from harness.history.timeline import FOREVER, Interval
from harness.model.events import ArpSeen
from harness.model.ops import FlushNeighbours
from harness.model.virtual_router import RouterVip

_FIRST = -FOREVER
NEEDS = (ADDRESSES, ARP, NEIGHBOURS, FORWARDING)


class Led(NamedTuple):
    """A cache led to `node` (None: to no node) without a break in `interval`."""

    name: str
    node: str | None
    interval: Interval


def led(scene: Scene, name: str, t: int) -> Led:
    """Where the cache led at `t`, from its last change before to its first change after."""
    cache = scene.history.tables.caches[name]
    changes = scene.history.tables.arp_changes(cache, Interval(_FIRST, FOREVER))
    before = [change for change in changes if change[0] <= t]
    begin, node = before[-1]
    end = next((at for at, _ in changes if at > t), FOREVER)
    return Led(name, node, Interval(begin, end))


def led_for(scene: Scene, vantage: str, t: int) -> Led | None:
    """Where the cache led that decided for a vantage point at `t`; None: not known which one (see `no_gateway`)."""
    name = scene.history.tables.cache_name(vantage, t)
    return led(scene, name, t) if name else None


def no_gateway(scene: Scene, vantage: str, t: int) -> str:
    """Where GLBP decides, and no gateway or more than one forwarded for the host."""
    return scene.unknown(f"which gateway served {vantage} at {scene.at(t)}")


def ways(scene: Scene, vip: RouterVip, stale: list[StaleCache]) -> Sentences:
    """Where the stale caches led and until when, why no ARP corrected them, and what customers got meanwhile."""
    found = [(each, led(scene, each.name, each.t)) for each in stale]
    yield from together(scene, [way for _, way in found])
    for each, way in found:
        yield from _uncorrected(scene, vip, each, way)
    yield from _unflushed(scene, stale)
    ends = {each.name: way.interval.end for each, way in found}
    yield from customers(scene, vip, ends, max(owner_since(scene, stale), scene.step.watch.begin))


def owner_since(scene: Scene, stale: list[StaleCache]) -> int:
    """When the node that alone held the VIP at the first stale instant had become the only one."""
    tables, first = scene.history.tables, stale[0]
    held = [(i.begin, n) for n, each in tables.owners(first.cache.vip).items() for i in each if i.begin <= first.t]
    left = [i.end for n, each in tables.owners(first.cache.vip).items() for i in each if i.end <= first.t]
    return max([t for t, node in held if node == first.owner] + left)


def together(scene: Scene, found: list[Led]) -> Sentences:
    """``The ARP entries of gw-2 and customer-3 led to lb-ext-2 from +0.331 s until the step ended.``"""

    def words(way: Led) -> str:
        after = led(scene, way.name, way.interval.end).node if way.interval.end < scene.step.ends_ns else None
        then = f", and to {after} after that" if after else ""
        return f"led to {way.node or 'no node'} {scene.span(way.interval)}{then}."

    for said, each in groupby(sorted(found, key=words), words):
        yield f"{entries(way.name for way in each)} {said}"


def _unflushed(scene: Scene, stale: list[StaleCache]) -> Sentences:
    """A flush that an operator did elsewhere does not reach these devices."""
    flushed = {done.op.node for done in scene.step.applied if isinstance(done.op, FlushNeighbours)}
    spared = [each.cache.device for each in stale if each.cache.device not in flushed]
    if flushed and spared:
        yield f"{names(spared)} was not flushed." if len(set(spared)) == 1 else f"{names(spared)} were not flushed."


def _uncorrected(scene: Scene, vip: RouterVip, stale: StaleCache, way: Led) -> Sentences:
    """What became of the owner's gratuitous ARP at this cache."""
    why = cause(scene.history, scene.step, stale)
    device, owner, since = stale.cache.device, stale.owner, owner_since(scene, [stale])
    garps = scene.history.announcements(vip, owner, since, stale.t)
    match why:
        case "sent but not delivered" if garps and scene.taps(f"{device}.{vip.segment}"):
            sent = f"{owner} sent {several(len(garps), 'gratuitous ARP')} until {scene.at(stale.t)}"
            yield f"{sent}, and none left the switch towards {device}."
        case "delivered but not accepted":
            yield from _not_accepted(scene, vip, stale)
        case "accepted, then overwritten":
            yield f"{device} had learnt the address of {owner}, and a later ARP of {way.node} overwrote it."
        case "accepted, but frames go astray":
            astray = way.node or "no node"
            yield f"The entry of {device} names {owner}, but the switches lead that MAC address to {astray}."
        case _ if since < scene.step.began_ns:
            alone = f"{owner} was the only owner before the step began"
            yield f"{alone}, and had sent no gratuitous ARP by {scene.at(stale.t)}."
        case _:
            pass  # never sent: the survivor's silence in this step says so


def _not_accepted(scene: Scene, vip: RouterVip, stale: StaleCache) -> Sentences:
    """When the owner's gratuitous ARP came to the device. The kernel does not tell why it keeps an entry."""
    device, mac = stale.cache.device, scene.history.topology.node(stale.owner).port(vip.segment).mac
    since = owner_since(scene, [stale]) - scene.history.lag_ns(scene.step.window)
    delivered = (f"{device}.{vip.segment}", False, vip.address, mac)
    arrived = [
        seen
        for seen in scene.history.of(ArpSeen, Interval(since, stale.t))
        if seen.gratuitous and (seen.port, seen.inward, seen.sender_ip, seen.sender_mac) == delivered
    ]
    if arrived:
        at = scene.at(arrived[0].t)
        yield f"A gratuitous ARP of {stale.owner} reached {device} at {at}, and {device} kept its entry."
        yield scene.unknown(f"why {device} did not accept it")


def customers(scene: Scene, vip: RouterVip, ends: Mapping[str, int], since: int) -> Sentences:
    """How many requests of the vantage points behind these caches were answered meanwhile. `ends`: cache → when."""
    if lack := scene.lacks((vip,), PROBES):
        yield scene.unknown("what customers got meanwhile", lack)
        return
    for vantage in scene.history.topology.asking(vip):
        name = scene.history.tables.cache_name(vantage, since)
        until = ends.get(name) if name else None
        if until is not None:
            yield from outcomes(scene, vantage, Interval(since, min(until, scene.step.ends_ns)))


def unanswered(scene: Scene, vip: RouterVip, node: str, t: int) -> str:
    return f"{node} did not hold {vip.address} at {scene.at(t)}: a node answers only for addresses that it holds."
