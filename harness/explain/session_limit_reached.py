"""A frontend had all of its sessions: why it filled, and which queue clients then waited in."""

from collections.abc import Iterator

from harness.checks import cause
from harness.checks._evidence import HAPROXY
from harness.explain import _measured as measured
from harness.explain._deeds import deeds
from harness.explain._registry import explains
from harness.explain._scene import Scene, Sentences
from harness.explain._seen import databases, listening, stat
from harness.explain._sessions import filled, full, plans, queue
from harness.explain._told import Remedy, Seen


def seen_full(scene: Scene) -> Iterator[Seen]:
    """At the instant at which the frontend was full, and a second later at the queue."""
    for router in scene.routers:
        found = filled(scene, router)
        if found and found.full is not None:
            yield from stat(scene, found.node, found.full)
            yield from listening(scene, found.node, found.full + 1_000_000_000)
            yield from databases(scene, found.full)


def full_ends(scene: Scene) -> list[Remedy]:
    """A wrong plan has measured remedies; sessions that clients hold, and too many requests, have none here."""
    services = any(
        not scene.lacks(router.owned, HAPROXY) and cause(scene.history, scene.step, router) == "service"
        for router in scene.routers
    )
    return list(measured.WRONG_PLAN) if services and any("EXPLAIN named" in each for each in plans(scene)) else []


@explains(seen=seen_full, ends=full_ends)
def session_limit_reached(scene: Scene) -> Sentences:
    yield from deeds(scene)
    yield from plans(scene)
    for router in scene.routers:
        yield from full(scene, router)
        yield from queue(scene, router)
