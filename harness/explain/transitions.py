"""The VIP moved more often than the step's faults explain: the reason of each change."""

from collections.abc import Iterator

from harness.explain._deeds import deeds
from harness.explain._owners import changes, ownership
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences
from harness.explain._seen import balancers, stat
from harness.explain._sessions import full
from harness.explain._told import Seen


def _seen(scene: Scene) -> Iterator[Seen]:
    for vip in scene.vips:
        for change in changes(scene, vip)[:1]:
            yield from balancers(scene, vip, change.t)
            yield from stat(scene, change.node, change.t)


@explains(seen=_seen)
def transitions(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for router in scene.routers:
        yield from full(scene, router)
    for vip in scene.vips:
        yield from ownership(scene, vip)
