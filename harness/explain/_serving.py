"""Whether a node could serve, by HAProxy's process and answers, and what its keepalived said meanwhile."""

from collections.abc import Iterator
from typing import NamedTuple

from harness.checks._evidence import HAPROXY
from harness.checks._serving import unable
from harness.explain._scene import Scene, Sentences, several
from harness.history.timeline import FOREVER, Interval
from harness.model.events import HaproxySample, ServiceChanged, VrrpConfigured, VrrpState
from harness.model.running_keepalived import RunningKeepalived
from harness.model.virtual_router import RouterVip, VirtualRouter
from harness.recovery.sessions import BACKEND


class Unfit(NamedTuple):
    """The node held the VIP in `interval` and could not serve."""

    node: str
    vip: RouterVip
    interval: Interval


def worst(scene: Scene, vip: RouterVip) -> Unfit | None:
    """The longest time in the watch in which an owner of the VIP could not serve."""
    found = []
    for node in vip.nodes:
        cannot = unable(scene.history, scene.step, vip.router, node)
        for held in scene.history.tables.holds(node, vip.address):
            both = ((held & scene.step.watch) or Interval(0, 0), cannot)
            found += [Unfit(node, vip, part) for one in both[1] if (part := one & both[0])]
    return max(found, key=lambda each: each.interval.length, default=None)


def why_unable(scene: Scene, router: VirtualRouter, node: str, window: Interval) -> Sentences:
    """What HAProxy's process and samples showed in the window; nothing if they showed no trouble."""
    yield from _process(scene, node, window)
    yield from _silent(scene, node, window)
    yield from _backends(scene, router, node, window)


def _process(scene: Scene, node: str, window: Interval) -> Iterator[str]:
    words = {"down": "had ended", "stopped": "was stopped"}
    events = [e for e in scene.history.of(ServiceChanged) if (e.node, e.service) == (node, "haproxy")]
    last = next((e for e in reversed(events) if e.t <= window.begin), None)
    for event in [e for e in events if e is last or window.begin < e.t < window.end]:
        if event.state in words:
            yield f"HAProxy's process on {node} {words[event.state]} at {scene.at(event.t)}."


def _silent(scene: Scene, node: str, window: Interval) -> Iterator[str]:
    asked = [x for x in scene.history.of(HaproxySample, window) if x.node == node and not x.proxy]
    silent = [x for x in asked if x.status in {"silent", "refused"}]
    if silent:
        yield f"HAProxy on {node} did not answer `show stat` {_in_samples(scene, silent)}."


def _in_samples(scene: Scene, found: list[HaproxySample]) -> str:
    """Samples with other values may lie between the first and the last one."""
    first, last = scene.at(found[0].t), scene.at(found[-1].t)
    when = f"at {first}" if len(found) == 1 else f"the first at {first} and the last at {last}"
    return f"in {several(len(found), 'sample')}, {when}"


def _backends(scene: Scene, router: VirtualRouter, node: str, window: Interval) -> Iterator[str]:
    """The backends without a server, of those that had one before the fault."""
    if node not in router.nodes:
        return
    samples = [x for x in scene.history.of(HaproxySample, window) if x.node == node and x.proxy.endswith(BACKEND)]
    early = scene.history.of(HaproxySample, Interval(-FOREVER, scene.step.first_effect_ns))
    fit = {x.proxy for x in early if x.status.startswith("UP")}
    for proxy in sorted({x.proxy for x in samples if not x.status.startswith("UP")} & fit):
        down = [x for x in samples if x.proxy == proxy and not x.status.startswith("UP")]
        backend = proxy.removesuffix(BACKEND)
        yield f"HAProxy on {node} showed no server of {backend} that was up {_in_samples(scene, down)}."


def keepalived_said(scene: Scene, router: VirtualRouter, node: str, window: Interval) -> Sentences:
    """The state of the node's instance when the window began, and each state in it."""
    instance = scene.bounds(router).vrrp[node].instance
    states = [x for x in scene.history.of(VrrpState) if (x.node, x.instance) == (node, instance)]
    last = next((x for x in reversed(states) if x.t <= window.begin), None)
    inside = [x for x in states if window.begin < x.t < window.end]
    if last and not inside:
        yield f"keepalived of {node} said {last.state} when that began, and nothing else until it ended."
    for state in inside[:3]:
        yield f"keepalived of {node} said {state.state} at {scene.at(state.t)}."


def tracks(scene: Scene, router: VirtualRouter, node: str) -> Sentences:
    """What keepalived tracks, by its own dump: without a check of HAProxy it does not notice HAProxy's end."""
    instance = scene.bounds(router).vrrp[node].instance
    told = [x for x in scene.history.of(VrrpConfigured) if x.node == node and x.t <= scene.step.ends_ns]
    if not told:
        yield scene.unknown(f"whether keepalived of {node} checks HAProxy: it did not tell its settings")
        return
    names = _tracked(told[-1].running, instance)
    if names is not None:
        yield f"The instance {instance} of {node} tracks {', '.join(names) or 'no script, file or process'}."


def _tracked(running: RunningKeepalived, instance: str) -> list[str] | None:
    """Also what its sync groups track: each member tracks that. None: it has no such instance."""
    own = [each for each in running.instances if each.name == instance]
    groups = [group for group in running.groups if instance in group.members]
    lists = [(*each.scripts, *each.files, *each.processes) for each in own]
    lists += [(*each.scripts, *each.files, *each.processes) for each in groups]
    return list(dict.fromkeys(tracked.name for each in lists for tracked in each)) if own else None


def lacking(scene: Scene, vip: RouterVip) -> str:
    return scene.lacks((vip,), HAPROXY)
