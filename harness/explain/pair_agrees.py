"""keepalived, the kernel and the adverts of one node contradict each other: what each of them said."""

from collections.abc import Iterator

from harness.checks._evidence import ADDRESSES, ADVERTS
from harness.explain._deeds import deeds
from harness.explain._owners import ownership
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences
from harness.explain._seen import first, owners_first
from harness.history.timeline import FOREVER, Interval
from harness.model.events import ServiceChanged, VrrpState
from harness.model.virtual_router import RouterVip


@explains(seen=owners_first)
def pair_agrees(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for vip in scene.vips:
        yield from ownership(scene, vip)
        for node in vip.nodes:
            yield from _said(scene, vip, node)


def _said(scene: Scene, vip: RouterVip, node: str) -> Sentences:
    """At the first instant of the finding: process, last word, address, last advert."""
    t = first(scene)
    if f"{node}:" not in " ".join([scene.finding.sentence, *(each.what for each in scene.finding.instants)]):
        return
    yield from _process(scene, node)
    instance = scene.bounds(vip.router).vrrp[node].instance
    said = scene.history.of(VrrpState, Interval(-FOREVER, t + 1))
    own = [x for x in said if (x.node, x.instance) == (node, instance)]
    if own:
        yield f"The last word of its keepalived by {scene.at(t)} was {own[-1].state}."
    if not scene.lacks((vip,), ADDRESSES):
        holds = "held" if node in scene.history.tables.owners_at(vip, t) else "did not hold"
        yield f"At {scene.at(t)} {node} {holds} {vip.address}."
    if not scene.lacks((vip,), ADVERTS):
        yield _advert(scene, vip, node)


def _process(scene: Scene, node: str) -> Iterator[str]:
    for x in scene.history.of(ServiceChanged, scene.step.window):
        if (x.node, x.service) == (node, "keepalived") and x.state != "up":
            word = "was stopped" if x.state == "stopped" else "had ended"
            yield f"keepalived's process on {node} {word} at {scene.at(x.t)}."


def _advert(scene: Scene, vip: RouterVip, node: str) -> str:
    sent = scene.sent(vip.router, node, scene.step.window)
    if not sent:
        return f"{node} sent no advert in the step."
    return f"{node} sent {len(sent)} adverts in the step, the last at {scene.at(sent[-1].t)}."
