"""A full frontend lost the VIP: what filled it, what its keepalived said, and who took over."""

from collections.abc import Iterator

from harness.explain import _measured as measured
from harness.explain._deeds import deeds
from harness.explain._owners import ownership
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences
from harness.explain._seen import balancers, stat
from harness.explain._serving import tracks
from harness.explain._sessions import filled, full
from harness.explain._told import Seen


def _seen(scene: Scene) -> Iterator[Seen]:
    last = max((instant.t_ns for instant in scene.finding.instants), default=scene.step.first_effect_ns)
    for vip in scene.vips:
        yield from balancers(scene, vip, last)
    for router in scene.routers:
        if found := filled(scene, router):
            yield from stat(scene, found.node, last)


@explains(seen=_seen, ends=lambda _: (measured.OWN_PORT,))
def no_failover_by_overload(scene: Scene) -> Sentences:
    yield from deeds(scene)
    for router in scene.routers:
        yield from full(scene, router)
        if found := filled(scene, router):
            yield from tracks(scene, router, found.node)
    for vip in scene.vips:
        yield from ownership(scene, vip)
