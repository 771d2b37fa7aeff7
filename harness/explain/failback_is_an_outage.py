"""The return of the preferred node cost more than a takeover: what each customer got then, and where its cache led."""

from collections.abc import Iterator

from harness.checks._bounds import limits, takeover
from harness.checks._evidence import ADDRESSES, ARP, FORWARDING, NEIGHBOURS, PROBES
from harness.explain._caches import led_for, no_gateway, together, ways
from harness.explain._deeds import deeds
from harness.explain._owners import Change, changes, taken
from harness.explain._registry import explains
from harness.explain._requests import outcomes
from harness.explain._scene import Scene, Sentences
from harness.explain._seen import balancers, neighbour
from harness.explain._serving import why_unable
from harness.explain._told import Seen
from harness.explain.no_stale_arp import remedies, stale
from harness.history.timeline import Interval
from harness.model.units import ms, s
from harness.model.virtual_router import RouterVip
from harness.recovery.vantage import outages


def _return(scene: Scene, vip: RouterVip) -> Change | None:
    preferred = limits(scene.step, vip.router).takes_back
    return next((c for c in changes(scene, vip) if c.took and c.node == preferred), None)


def _seen(scene: Scene) -> Iterator[Seen]:
    for vip in scene.vips:
        if change := _return(scene, vip):
            for cache in scene.history.tables.caches_of(vip).values():
                yield from neighbour(scene, cache.device, vip, change.t + 50 * ms)
            yield from balancers(scene, vip, change.t)


@explains(seen=_seen, ends=remedies)
def failback_is_an_outage(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for vip in scene.vips:
        if lack := scene.lacks((vip,), ADDRESSES, PROBES):
            yield scene.unknown(f"what the return of {vip.address} cost", lack)
        elif change := _return(scene, vip):
            costs = list(_cost(scene, vip, change))
            yield from [*taken(scene, vip, change), *costs] if costs else ()


def _cost(scene: Scene, vip: RouterVip, change: Change) -> Sentences:
    """Of each vantage point that was down for too long: since when, and the way of its requests."""
    bound = takeover(scene.history, scene.step, vip.router).ns
    for vantage in scene.history.topology.asking(vip):
        window = _down(scene, vantage, change)
        if window and window.length > bound:
            yield f"{vantage} was down {scene.span(window)}."
            yield from outcomes(scene, vantage, window)
            yield from _way(scene, vip, vantage, window, change.node)


def _down(scene: Scene, vantage: str, change: Change) -> Interval | None:
    """Its outage that ended with the return, from the return on."""
    step = scene.step
    for one in outages(scene.history, step, vantage, since=step.began_ns):
        if (one.handover, one.to) == ("takeover", change.node):
            end = step.ends_ns if one.end_s is None else step.first_effect_ns + round(one.end_s * s)
            return Interval(max(change.t, step.first_effect_ns + round(one.begin_s * s)), end)
    return None


def _way(scene: Scene, vip: RouterVip, vantage: str, window: Interval, node: str) -> Sentences:
    """If its cache led to another node: why. If it led to the new owner: could that node serve?"""
    if lack := scene.lacks((vip,), NEIGHBOURS, FORWARDING, ARP):
        yield scene.unknown(f"where the requests of {vantage} went", lack)
        return
    way = led_for(scene, vantage, window.begin)
    if way is None:
        yield no_gateway(scene, vantage, window.begin)
        return
    found = [each for each in stale(scene, vip) if each.name == way.name]
    if found:
        yield from ways(scene, vip, found)
        return
    yield from together(scene, [way])
    reasons = list(why_unable(scene, vip.router, node, window))
    yield from reasons or [scene.unknown(f"why {node} did not serve {vantage} then")]
