"""The nodes' settings differ where they must not: what each node does by them."""

from collections.abc import Iterator

from harness.checks._evidence import ADVERTS
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences, lasting
from harness.explain._seen import balancers
from harness.explain._told import Seen
from harness.model.limits import heard
from harness.model.virtual_router import VirtualRouter


def _seen(scene: Scene) -> Iterator[Seen]:
    for vip in scene.vips:
        yield from balancers(scene, vip, scene.step.ends_ns)


@explains(seen=_seen)
def configurations_agree(scene: Scene) -> Sentences:
    yield scene.finding.sentence
    for router in scene.routers:
        yield from _timers(scene, router)
        yield from _adverts(scene, router)


def _timers(scene: Scene, router: VirtualRouter) -> Sentences:
    """After which silence each node takes over: in VRRPv3 by the master's interval, in VRRPv2 by its own."""
    bounds = scene.bounds(router)
    intervals = {settings.advert_int_ns for settings in bounds.vrrp.values()}
    if len(intervals) < 2:
        return
    master = bounds.vrrp[bounds.preferred]
    for node, settings in bounds.vrrp.items():
        if node != bounds.preferred:
            down = lasting(heard(settings, master).master_down_ns)
            yield f"While {bounds.preferred} is the master, {node} waits {down} without an advert before it takes over."
            back = lasting(heard(master, settings).master_down_ns)
            yield f"While {node} is the master, {bounds.preferred} waits {back}."


def _adverts(scene: Scene, router: VirtualRouter) -> Sentences:
    """How many adverts each node sent in the step."""
    if scene.lacks(router.owned, ADVERTS):
        return
    for node in router.nodes:
        sent = scene.sent(router, node, scene.step.window)
        yield f"{node} sent {len(sent)} adverts in the {lasting(scene.step.window.length)} of the step."
