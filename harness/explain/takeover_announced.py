"""A new owner did not announce itself: the frames that left its port, and what was done to them."""

from collections.abc import Iterator

from harness.checks._evidence import ADDRESSES, ARP
from harness.explain import _measured as measured
from harness.explain._deeds import deeds
from harness.explain._owners import Change, changes, taken
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences
from harness.explain._seen import balancers
from harness.explain._told import Seen
from harness.history.timeline import Interval
from harness.model.virtual_router import RouterVip


def _silent(scene: Scene, vip: RouterVip) -> list[Change]:
    """Takeovers without a gratuitous ARP within the bound."""
    bound = scene.bounds(vip.router).announced.ns
    took = [change for change in changes(scene, vip) if change.took]
    return [each for each in took if not scene.history.announcements(vip, each.node, each.t, each.t + bound + 1)]


def _seen(scene: Scene) -> Iterator[Seen]:
    for vip in scene.vips:
        for change in _silent(scene, vip)[:1]:
            yield from balancers(scene, vip, change.t)


@explains(seen=_seen, ends=lambda _: measured.stale("never sent")[:1])
def takeover_announced(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for vip in scene.vips:
        if lack := scene.lacks((vip,), ADDRESSES, ARP):
            yield scene.unknown(f"how {vip.address} was announced", lack)
            continue
        for change in _silent(scene, vip):
            yield from taken(scene, vip, change)
            yield from _later(scene, vip, change)


def _later(scene: Scene, vip: RouterVip, change: Change) -> Sentences:
    garps = scene.history.garps(vip, change.node, Interval(change.t, scene.step.ends_ns))
    if garps:
        yield f"The first gratuitous ARP of {change.node} after that came at {scene.at(garps[0].t)}."
    else:
        yield f"{change.node} sent no gratuitous ARP for {vip.address} until the step ended."
    yield scene.unknown(f"why {change.node} did not announce it")
