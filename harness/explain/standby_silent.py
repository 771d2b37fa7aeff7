"""A standby forwarded packets: how many, and whether forwarding was switched on."""

from itertools import pairwise

from harness.checks._evidence import COUNTERS
from harness.explain._deeds import deeds
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences
from harness.explain._seen import owners_first
from harness.model.events import InterfaceCounted


@explains(seen=owners_first)
def standby_silent(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for router in scene.routers:
        if lack := scene.lacks(router.owned, COUNTERS):
            yield scene.unknown("what the nodes forwarded", lack)
            continue
        for node in router.nodes:
            yield from _counted(scene, node)
    yield scene.unknown("which packets they were")


def _counted(scene: Scene, node: str) -> Sentences:
    samples = [x for x in scene.history.of(InterfaceCounted, scene.step.window) if x.node == node]
    on = next((x for x in samples if x.forwarding), None)
    if on:
        yield f"{node} had ip_forward=1 at {scene.at(on.t)}: packets that a stale cache sends to it go on to the owner."
    for a, b in pairwise(samples):
        if b.forwarded > a.forwarded:
            yield f"{node} forwarded {b.forwarded - a.forwarded} packets from {scene.at(a.t)} to {scene.at(b.t)}."
            return
