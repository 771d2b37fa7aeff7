"""Two nodes hold the VIP after the heal: whether the adverts of each reach the other."""

from collections.abc import Iterator

from harness.checks._evidence import ADDRESSES, ADVERTS
from harness.checks._words import names
from harness.explain._deeds import deeds
from harness.explain._owners import ownership
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences, several
from harness.explain._seen import balancers
from harness.explain._serving import keepalived_said
from harness.explain._told import Seen
from harness.history.timeline import Interval, overlaps
from harness.model.virtual_router import RouterVip


def both(scene: Scene, vip: RouterVip) -> Interval | None:
    """The longest time after the heal in which several nodes held the VIP."""
    healed = scene.step.watch.begin if scene.step.heal_ns is None else scene.step.heal_ns
    found = overlaps(scene.history.tables.dual(vip), [Interval(healed, scene.step.ends_ns)])
    return max(found, key=lambda each: each.length, default=None)


def _seen(scene: Scene) -> Iterator[Seen]:
    for vip in scene.vips:
        if found := both(scene, vip):
            yield from balancers(scene, vip, found.begin)


@explains(seen=_seen)
def dual_owner(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for vip in scene.vips:
        if lack := scene.lacks((vip,), ADDRESSES):
            yield scene.unknown(f"which nodes held {vip.address}", lack)
        elif found := both(scene, vip):
            yield from ownership(scene, vip, found.begin)
            yield from deaf(scene, vip, found)


def deaf(scene: Scene, vip: RouterVip, found: Interval) -> Sentences:
    """For each owner: how many adverts of the others reached it in that time."""
    owners = scene.history.tables.owners_at(vip, found.begin)
    yield f"{names(owners)} held {vip.address} {scene.span(found)}."
    lack = scene.lacks((vip,), ADVERTS)
    if lack or not all(scene.hears(vip.router, node) for node in owners if node in vip.nodes):
        yield scene.unknown("whether the owners heard each other", lack)
        return
    for node in (node for node in owners if node in vip.nodes):
        reached = [a for a in scene.reached(vip.router, node, found) if scene.sender(a) in owners]
        sent = [a for other in owners if other in vip.router.others(node) for a in scene.sent(vip.router, other, found)]
        others = names(other for other in owners if other != node)
        yield f"Of {several(len(sent), 'advert')} that {others} sent in that time {len(reached)} reached {node}."
        yield from keepalived_said(scene, vip.router, node, found)
