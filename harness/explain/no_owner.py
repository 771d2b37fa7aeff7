"""No node held the VIP: what each keepalived said meanwhile, and what it heard."""

from collections.abc import Iterator

from harness.checks._evidence import ADDRESSES, ADVERTS
from harness.explain import _measured as measured
from harness.explain._deeds import deeds
from harness.explain._owners import changes, given_up, taken
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences
from harness.explain._seen import balancers
from harness.explain._serving import keepalived_said, why_unable
from harness.explain._told import Remedy, Seen
from harness.history.timeline import Interval, gaps
from harness.model.virtual_router import RouterVip


def longest(scene: Scene, vip: RouterVip) -> Interval | None:
    without = gaps(scene.history.tables.owned(vip), scene.step.watch)
    return max(without, key=lambda gap: gap.length, default=None)


def _seen(scene: Scene) -> Iterator[Seen]:
    for vip in scene.vips:
        if gap := longest(scene, vip):
            yield from balancers(scene, vip, gap.begin + gap.length // 2)


def _ends(scene: Scene) -> Iterator[Remedy]:
    """If HAProxy found no server on any node, checks of these servers had taken the VIP away."""
    if any(" no server of " in sentence for sentence in no_owner.why(scene)):
        yield measured.OWN_PROCESS


@explains(seen=_seen, ends=_ends)
def no_owner(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for vip in scene.vips:
        if lack := scene.lacks((vip,), ADDRESSES):
            yield scene.unknown(f"which node held {vip.address}", lack)
        elif gap := longest(scene, vip):
            yield from _gap(scene, vip, gap)


def _gap(scene: Scene, vip: RouterVip, gap: Interval) -> Sentences:
    for change in changes(scene, vip):
        if not change.took and change.t == gap.begin:
            yield from given_up(scene, vip, change)
    yield f"No node held {vip.address} {scene.span(gap)}."
    for node in vip.nodes:
        yield from keepalived_said(scene, vip.router, node, gap)
        yield from _heard(scene, vip, node, gap)
        yield from why_unable(scene, vip.router, node, gap)
    for change in changes(scene, vip):
        if change.took and change.t == gap.end:
            yield from taken(scene, vip, change)


def _heard(scene: Scene, vip: RouterVip, node: str, gap: Interval) -> Sentences:
    """Adverts that reached a node while no node had the VIP kept it from taking over."""
    if scene.lacks((vip,), ADVERTS):
        return
    if reached := scene.reached(vip.router, node, gap):
        yield (
            f"{len(reached)} adverts of {scene.sender(reached[0])} reached {node} in that time, "
            f"with the priority {reached[0].priority}: while adverts arrive no standby takes over."
        )
