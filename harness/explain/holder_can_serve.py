"""The VIP stayed on a node that could not serve: what HAProxy did, and what keepalived noticed of it."""

from collections.abc import Iterator

from harness.checks._evidence import ADDRESSES
from harness.explain import _measured as measured
from harness.explain._deeds import deeds
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences
from harness.explain._seen import balancers, listening, stat
from harness.explain._serving import Unfit, keepalived_said, lacking, tracks, why_unable, worst
from harness.explain._told import Remedy, Seen


def _worst(scene: Scene) -> Unfit | None:
    found = [each for vip in scene.vips if (each := worst(scene, vip))]
    return max(found, key=lambda each: each.interval.length, default=None)


def _seen(scene: Scene) -> Iterator[Seen]:
    if found := _worst(scene):
        middle = found.interval.begin + found.interval.length // 2
        yield from balancers(scene, found.vip, middle)
        yield from stat(scene, found.node, middle)
        yield from listening(scene, found.node, middle)


def _ends(scene: Scene) -> Iterator[Remedy]:
    """None for servers that are down behind both nodes: wherever the VIP is then, no customer is served."""
    sentences = " ".join(holder_can_serve.why(scene))
    if "no server of" in sentences:
        return
    if "had ended" in sentences:
        yield measured.STOPPED
    elif "was stopped at" in sentences or "did not answer" in sentences:
        yield measured.HUNG


@explains(seen=_seen, ends=_ends)
def holder_can_serve(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for vip in scene.vips:
        if lack := scene.lacks((vip,), ADDRESSES) or lacking(scene, vip):
            yield scene.unknown(f"whether the owner of {vip.address} could serve", lack)
            return
    if found := _worst(scene):
        yield f"{found.node} held {found.vip.address} and could not serve {scene.span(found.interval)}."
        reasons = list(why_unable(scene, found.vip.router, found.node, found.interval))
        yield from reasons or [scene.unknown(f"why {found.node} could not serve")]
        yield from keepalived_said(scene, found.vip.router, found.node, found.interval)
        yield from tracks(scene, found.vip.router, found.node)
