"""At the end a second failure would not have been survived: what each node lacked."""

from collections.abc import Iterator

from harness.checks._evidence import ADDRESSES, HAPROXY
from harness.checks._touch import touching
from harness.checks._words import names
from harness.explain._deeds import deeds
from harness.explain._owners import ownership
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences
from harness.explain._seen import balancers, stat
from harness.explain._serving import why_unable
from harness.explain._told import Seen
from harness.history.timeline import FOREVER, Interval
from harness.model.events import VrrpState
from harness.model.units import s
from harness.model.virtual_router import RouterVip, VirtualRouter


def _seen(scene: Scene) -> Iterator[Seen]:
    for vip in scene.vips:
        yield from balancers(scene, vip, scene.step.ends_ns)
    for router in scene.routers:
        for node in router.nodes:
            yield from stat(scene, node, scene.step.ends_ns)


@explains(seen=_seen)
def redundancy_restored(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for vip in scene.vips:
        yield from ownership(scene, vip)
        yield from _owners(scene, vip)
    for router in scene.routers:
        for node in router.nodes:
            yield from _unfit(scene, router, node)


def _owners(scene: Scene, vip: RouterVip) -> Sentences:
    if lack := scene.lacks((vip,), ADDRESSES):
        yield scene.unknown(f"which node held {vip.address} in the end", lack)
    else:
        owners = scene.history.tables.owners_at(vip, scene.step.ends_ns)
        yield f"When the step ended {names(owners)} held {vip.address}."


def _unfit(scene: Scene, router: VirtualRouter, node: str) -> Sentences:
    """What is against this node as the owner or as the standby at the end of the step."""
    held = [op for op in touching(scene.history, scene.step, router, (node,)) if op.op.held]
    for op in (op for op in held if scene.step.release_of(op) is None):
        yield f"A fault on {node} was still held then ({op.op})."
    instance = scene.bounds(router).vrrp[node].instance
    states = [x for x in scene.history.of(VrrpState, Interval(-FOREVER, scene.step.ends_ns)) if x.node == node]
    own = [x for x in states if x.instance == instance]
    if own and own[-1].state in {"FAULT", "STOP"}:
        yield f"keepalived of {node} had said {own[-1].state} at {scene.at(own[-1].t)}, and nothing since."
    if not scene.lacks(router.owned, HAPROXY):
        yield from why_unable(scene, router, node, Interval(scene.step.ends_ns - s, scene.step.ends_ns))
