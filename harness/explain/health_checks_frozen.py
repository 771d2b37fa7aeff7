"""Health checks through a full frontend fail although servers are healthy: they wait where customers wait."""

from harness.checks._evidence import HEALTH
from harness.explain import _measured as measured
from harness.explain._deeds import deeds
from harness.explain._registry import explains
from harness.explain._requests import outcomes
from harness.explain._scene import Scene, Sentences
from harness.explain._sessions import filled, full, plans, queue
from harness.explain.session_limit_reached import full_ends, seen_full
from harness.history.timeline import Interval
from harness.model.requests import Stream
from harness.model.virtual_router import VirtualRouter


@explains(seen=seen_full, ends=lambda scene: (*measured.HEALTH_PORT, *full_ends(scene)))
def health_checks_frozen(scene: Scene) -> Sentences:
    yield from deeds(scene)
    yield from plans(scene)
    for router in scene.routers:
        yield from full(scene, router)
        yield from queue(scene, router)
        yield from _checks(scene, router)


def _checks(scene: Scene, router: VirtualRouter) -> Sentences:
    """What became of the health checks that began once the frontend was full."""
    found = filled(scene, router)
    if scene.lacks(router.owned, HEALTH) or found is None or found.full is None:
        return
    window = Interval(found.full, scene.step.ends_ns)
    for vantage in scene.history.topology.asking_any(router):
        yield from outcomes(scene, vantage, window, Stream.health)
