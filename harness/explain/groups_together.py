"""VIPs that belong together were on different sides: which moved, which stayed, and why."""

from harness.checks._evidence import ADDRESSES
from harness.checks._words import names
from harness.explain._deeds import deeds
from harness.explain._owners import ownership
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences
from harness.explain._seen import first, owners_first


@explains(seen=owners_first)
def groups_together(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for vip in scene.vips:
        yield from ownership(scene, vip)
        if not scene.lacks((vip,), ADDRESSES):
            owners = scene.history.tables.owners_at(vip, first(scene))
            yield f"At {scene.at(first(scene))} {names(owners)} held {vip.address}."
    for router in scene.routers:
        groups = {settings.sync_group for settings in scene.bounds(router).vrrp.values()} - {""}
        if not groups:
            yield f"The instance of {router.name} is in no vrrp_sync_group: it does not move when another one does."
