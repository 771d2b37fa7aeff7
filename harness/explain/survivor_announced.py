"""The only remaining owner did not announce itself: whether it ever heard of its rival."""

from collections.abc import Iterator

from harness.explain import _measured as measured
from harness.explain._deeds import deeds
from harness.explain._owners import ownership
from harness.explain._registry import explains
from harness.explain._rivals import silence, survivors
from harness.explain._scene import Scene, Sentences
from harness.explain._seen import balancers
from harness.explain._told import Seen


def _seen(scene: Scene) -> Iterator[Seen]:
    for vip in scene.vips:
        for survivor in survivors(scene, vip)[:1]:
            yield from balancers(scene, vip, survivor.t)


@explains(seen=_seen, ends=lambda _: measured.stale("never sent"))
def survivor_announced(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for vip in scene.vips:
        yield from ownership(scene, vip)
        yield from silence(scene, vip)
