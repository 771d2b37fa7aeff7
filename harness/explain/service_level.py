"""A vantage point was not served once the pair had settled: which way its requests went, and what they met there."""

from collections.abc import Iterator

from harness.checks._evidence import ADDRESSES, FORWARDING, NEIGHBOURS, PROBES
from harness.explain import _measured as measured
from harness.explain._caches import led_for, no_gateway, together, unanswered
from harness.explain._deeds import deeds
from harness.explain._owners import ownership
from harness.explain._registry import explains
from harness.explain._requests import outcomes
from harness.explain._rivals import silence
from harness.explain._scene import Scene, Sentences
from harness.explain._seen import balancers, neighbour, stat
from harness.explain._serving import why_unable
from harness.explain._sessions import full, plans
from harness.explain._told import Remedy, Seen
from harness.explain.no_stale_arp import remedies
from harness.history.timeline import Interval, overlaps
from harness.model.virtual_router import RouterVip
from harness.recovery.vantage import served, served_before


def below(scene: Scene) -> list[str]:
    """The vantage points that were not served once settled."""
    window, least = scene.step.measured, scene.step.limits.recovered_share
    seen = {vantage: served(scene.history, vantage, window) for vantage in scene.history.topology.vantages}
    return [vantage for vantage, each in seen.items() if each.of and not each.meets(least)]


def _vip(scene: Scene, vantage: str) -> RouterVip:
    return scene.history.topology.vip_of(scene.history.topology.vantages[vantage])


def _seen(scene: Scene) -> Iterator[Seen]:
    t = scene.step.measured.begin
    for vantage in below(scene):
        if cache := scene.history.tables.cache_at(vantage, t):
            yield from neighbour(scene, cache.device, _vip(scene, vantage), t)
    for vip in dict.fromkeys(_vip(scene, vantage) for vantage in below(scene)):
        yield from balancers(scene, vip, t)
        for node in scene.history.tables.owners_at(vip, t):
            yield from stat(scene, node, t)


def _ends(scene: Scene) -> list[Remedy]:
    wrong = any("EXPLAIN named" in sentence for sentence in plans(scene))
    return remedies(scene) or (list(measured.WRONG_PLAN) if wrong else [])


@explains(seen=_seen, ends=_ends)
def service_level(scene: Scene) -> Sentences:
    yield from deeds(scene)
    lack = scene.lacks(scene.vips, PROBES)
    if lack or scene.step.settled is None:
        yield scene.unknown("what customers got once the pair had to be settled", lack)
        return
    found = below(scene)
    for vip in dict.fromkeys(_vip(scene, vantage) for vantage in found):
        yield from ownership(scene, vip)
        yield from silence(scene, vip)
    for vantage in found:
        yield from _dark(scene, vantage)
    yield from _before(scene)


def _dark(scene: Scene, vantage: str) -> Sentences:
    window, vip = scene.step.measured, _vip(scene, vantage)
    yield from outcomes(scene, vantage, window)
    if lack := scene.lacks((vip,), ADDRESSES, NEIGHBOURS, FORWARDING):
        yield scene.unknown(f"where the requests of {vantage} went", lack)
    else:
        yield from _way(scene, vip, vantage, window)


def _way(scene: Scene, vip: RouterVip, vantage: str, window: Interval) -> Sentences:
    way = led_for(scene, vantage, window.begin)
    if way is None:
        yield no_gateway(scene, vantage, window.begin)
        return
    yield from together(scene, [way])
    if way.node is None:
        return
    until = min(way.interval.end, window.end)
    held = overlaps(scene.history.tables.holds(way.node, vip.address), [Interval(window.begin, until)])
    if held:
        yield from _owner(scene, vip, way.node, Interval(window.begin, until))
    else:
        yield unanswered(scene, vip, way.node, window.begin)


def _owner(scene: Scene, vip: RouterVip, node: str, window: Interval) -> Sentences:
    """The requests reached the owner: could it serve?"""
    reasons = [*why_unable(scene, vip.router, node, window), *full(scene, vip.router), *plans(scene)]
    yield from reasons or [scene.unknown(f"why {node}, which held {vip.address}, did not serve it")]


def _before(scene: Scene) -> Sentences:
    """Not served before the fault: the step did not cause that."""
    if not scene.step.before.length:
        return
    for vantage in scene.history.topology.vantages:
        seen = served_before(scene.history, scene.step, vantage)
        if seen.of and not seen.meets(scene.step.limits.steady_share):
            yield f"Before the first effect {seen.good} of {seen.of} requests of {vantage} were answered in time."
            yield scene.unknown(f"why {vantage} was not served before the fault")
