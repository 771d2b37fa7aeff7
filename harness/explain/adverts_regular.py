"""The heartbeat was not regular at rest: which node sent adverts, and which node was silent since when."""

from harness.checks._evidence import ADDRESSES, ADVERTS
from harness.explain._deeds import deeds
from harness.explain._owners import ownership
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences, lasting
from harness.explain._seen import owners_first
from harness.explain._serving import keepalived_said
from harness.explain.dual_owner import both, deaf
from harness.model.virtual_router import VirtualRouter


@explains(seen=owners_first)
def adverts_regular(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for vip in scene.vips:
        yield from ownership(scene, vip)
        if not scene.lacks((vip,), ADDRESSES) and (found := both(scene, vip)):
            yield from deaf(scene, vip, found)
    for router in scene.routers:
        yield from _senders(scene, router)


def _senders(scene: Scene, router: VirtualRouter) -> Sentences:
    """In the settled part: how many adverts of each node, and its keepalived's word."""
    if lack := scene.lacks(router.owned, ADVERTS):
        yield scene.unknown("which node sent adverts", lack)
        return
    window = scene.step.settled or scene.step.watch
    for node in router.nodes:
        sent = scene.sent(router, node, window)
        yield f"{node} sent {len(sent)} adverts in {lasting(window.length)} {scene.span(window)}."
        yield from keepalived_said(scene, router, node, window)
