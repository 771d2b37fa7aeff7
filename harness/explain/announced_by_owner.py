"""A node announced a VIP that it did not hold: which node held it, and how often the other announced it."""

from harness.checks._evidence import ADDRESSES, ARP
from harness.explain._deeds import deeds
from harness.explain._owners import ownership
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences
from harness.explain._seen import owners_first
from harness.explain.single_owner import strangers


@explains(seen=owners_first)
def announced_by_owner(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for vip in scene.vips:
        if lack := scene.lacks((vip,), ADDRESSES, ARP):
            yield scene.unknown(f"which node announced {vip.address}", lack)
        else:
            yield from ownership(scene, vip)
            yield from strangers(scene, vip, scene.step.watch)
