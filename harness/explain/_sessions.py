"""How a frontend filled: its sessions, the queue before it, what its servers and databases did."""

from collections.abc import Iterator
from typing import Final

from harness.checks import CauseOfFull
from harness.checks import cause as cause_of_full
from harness.checks._evidence import DATABASES, HAPROXY, QUEUES
from harness.explain._scene import Scene, Sentences, lasting
from harness.history.timeline import Interval
from harness.model.events import DatabaseSample, HaproxySample, ListenSample
from harness.model.ops import RIGHT_INDEX
from harness.model.units import ms, s, seconds
from harness.model.virtual_router import VirtualRouter
from harness.recovery.listening import Wait, waits
from harness.recovery.sessions import BACKEND, Fill, fill

_RATE_NS: Final = 2 * s
SLOW_MS: Final = 100
"""Along the right index an authentication takes one or two."""

_REASON: Final[dict[CauseOfFull, str]] = {
    "service": "{node} filled because each request took longer, and not because more came.",
    "arrivals": "{node} filled because more requests came than before.",
    "held": "{node} filled because its sessions waited for their clients, and not for a server.",
}


def filled(scene: Scene, router: VirtualRouter) -> Fill | None:
    return fill(scene.history, router, scene.step.watch)


def full(scene: Scene, router: VirtualRouter) -> Sentences:
    """When a frontend was full, with how many sessions, and which of the three causes filled it."""
    if lack := scene.lacks(router.owned, HAPROXY):
        yield scene.unknown("how many sessions the frontends had", lack)
        return
    found = filled(scene, router)
    if found is None or found.full is None:
        return
    at_full = next(x for x in found.samples if x.t == found.full)
    limit = f"of {at_full.session_limit} that {found.proxy} may have"
    yield f"{found.node} had {at_full.sessions} sessions {limit} at {scene.at(found.full)}."
    yield from _backends(scene, found)
    yield from _rates(scene, found)
    why = cause_of_full(scene.history, scene.step, router)
    yield _REASON[why].format(node=found.node) if why in _REASON else scene.unknown(f"why {found.node} filled")


def _backends(scene: Scene, found: Fill) -> Iterator[str]:
    assert found.full is not None
    at_limit = Interval(found.full, min(found.full + _RATE_NS, scene.step.ends_ns))
    samples = [x for x in scene.history.of(HaproxySample, at_limit) if x.node == found.node]
    busy = sum(x.sessions for x in samples if x.proxy.endswith(BACKEND))
    every = sum(x.sessions for x in samples if x.proxy == found.proxy)
    if every:
        share = f"{busy / every * 100:.0f} % of the sessions of {found.node}"
        yield f"{share} waited for a server {scene.span(at_limit)}."


def _rates(scene: Scene, found: Fill) -> Iterator[str]:
    """Requests per second of the frontend in the second before the trial's first step, and once it was full."""
    assert found.full is not None
    history, trial = scene.history, scene.step.trial
    began = next(history.step(each, name).began_ns for each, name in history.steps if each == trial)
    before = _hz(scene, found, Interval(began - s, began))
    after = _hz(scene, found, Interval(found.full, min(found.full + _RATE_NS, scene.step.ends_ns)))
    if before is not None and after is not None:
        yield (
            f"{found.proxy} of {found.node} began {before:.0f} requests per second before the trial's first step, "
            f"and {after:.0f} once it was full."
        )


def _hz(scene: Scene, found: Fill, window: Interval) -> float | None:
    samples = [x for x in scene.history.of(HaproxySample, window) if (x.node, x.proxy) == (found.node, found.proxy)]
    if len(samples) < 2:
        return None
    return (samples[-1].requests - samples[0].requests) / seconds(samples[-1].t - samples[0].t)


def queue(scene: Scene, router: VirtualRouter) -> Sentences:
    """Clients in the kernel's queue, which HAProxy's own figures do not show."""
    if lack := scene.lacks(router.owned, QUEUES):
        yield scene.unknown("how many clients waited in the kernel's queue", lack)
        return
    found = longest(scene, router)
    if found is None:
        return
    yield (
        f"Up to {found.most} clients waited in the kernel's queue of {found.node}, port {found.port}, "
        f"{scene.span(found.interval)}."
    )
    if found.turned_away:
        yield f"{found.turned_away} attempts to connect to {found.node} found that queue full."
    yield from _own_queue(scene, found)


def longest(scene: Scene, router: VirtualRouter) -> Wait | None:
    found = waits(scene.history, router, scene.step.watch)
    return max(found, key=lambda wait: wait.most, default=None)


def _own_queue(scene: Scene, found: Wait) -> Iterator[str]:
    queued = [x.queued for x in scene.history.of(HaproxySample, found.interval) if x.node == found.node]
    if queued:
        yield f"HAProxy's own queue on {found.node} showed {max(queued)} meanwhile."


def backlog(scene: Scene, node: str, port: int, t: int) -> ListenSample | None:
    """The last sample of the port's queue until `t`."""
    samples = scene.history.of(ListenSample, Interval(t - s, t + 1))
    return next((x for x in reversed(samples) if (x.node, x.port) == (node, port)), None)


def plans(scene: Scene) -> Sentences:
    """Which index each database used, by EXPLAIN and by the rows that it read."""
    databases = [node.name for node in scene.history.topology.nodes.values() if node.kind == "database"]
    if not databases:
        return
    if lack := scene.lacks(scene.vips[:1], DATABASES):
        yield scene.unknown("which index the databases used", lack)
        return
    for node in databases:
        yield from _plan(scene, [x for x in scene.history.of(DatabaseSample, scene.step.watch) if x.node == node])


def _plan(scene: Scene, samples: list[DatabaseSample]) -> Sentences:
    wrong = next((x for x in samples if x.plan not in {"", RIGHT_INDEX}), None)
    if wrong is None or len(samples) < 2:
        return
    first, last = samples[0], samples[-1]
    rows = last.read_next - first.read_next
    query = f"for token authentication at {scene.at(wrong.t)}"
    yield f"On {wrong.node} EXPLAIN named the index {wrong.plan} {query}, and not {RIGHT_INDEX}."
    yield f"{wrong.node} read {rows:,} rows along an index in {lasting(last.t - first.t)}."
    slow = max(samples, key=lambda x: x.longest_ms)
    if slow.longest_ms >= SLOW_MS:
        yield f"An authentication on {wrong.node} had run for {lasting(slow.longest_ms * ms)} at {scene.at(slow.t)}."
