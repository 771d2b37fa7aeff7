"""Clients waited in the kernel's queue, which HAProxy does not show: how many, where, and why none was accepted."""

from harness.explain import _measured as measured
from harness.explain._deeds import deeds
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences
from harness.explain._serving import why_unable
from harness.explain._sessions import full, longest, plans, queue
from harness.explain.session_limit_reached import full_ends, seen_full


@explains(seen=seen_full, ends=lambda scene: (*full_ends(scene), *measured.SILENT_QUEUE))
def silent_queue(scene: Scene) -> Sentences:
    yield from deeds(scene)
    yield from plans(scene)
    for router in scene.routers:
        yield from full(scene, router)
        yield from queue(scene, router)
        if found := longest(scene, router):
            yield from why_unable(scene, router, found.node, found.interval)
