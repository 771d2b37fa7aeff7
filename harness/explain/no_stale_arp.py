"""A cache leads to a node that gave the VIP up: what happened to the announcement that should have corrected it."""

from collections.abc import Iterator

from harness.checks._because import StaleCache, cause, stale_caches
from harness.explain import _measured as measured
from harness.explain._caches import NEEDS, ways
from harness.explain._deeds import deeds
from harness.explain._owners import ownership
from harness.explain._registry import explains
from harness.explain._rivals import silence
from harness.explain._scene import Scene, Sentences
from harness.explain._seen import balancers, neighbour
from harness.explain._told import Remedy, Seen
from harness.model.virtual_router import RouterVip


def stale(scene: Scene, vip: RouterVip) -> list[StaleCache]:
    """Empty if the history cannot tell."""
    return [] if scene.lacks((vip,), *NEEDS) else stale_caches(scene.history, scene.step, vip)


def remedies(scene: Scene) -> list[Remedy]:
    """Of each cause once."""
    causes = [cause(scene.history, scene.step, each) for vip in scene.vips for each in stale(scene, vip)]
    return list(dict.fromkeys(remedy for why in causes for remedy in measured.stale(why)))


def _seen(scene: Scene) -> Iterator[Seen]:
    for vip in scene.vips:
        found = stale(scene, vip)
        for each in found:
            yield from neighbour(scene, each.cache.device, vip, each.t)
        if found:
            yield from balancers(scene, vip, found[0].t)


@explains(seen=_seen, ends=remedies)
def no_stale_arp(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for vip in scene.vips:
        yield from _vip(scene, vip)


def _vip(scene: Scene, vip: RouterVip) -> Sentences:
    if lack := scene.lacks((vip,), *NEEDS):
        yield scene.unknown(f"where caches led for {vip.address}", lack)
    elif found := stale(scene, vip):
        yield from ownership(scene, vip, found[0].t)
        yield from silence(scene, vip)
        yield from ways(scene, vip, found)
