"""Virtual routers: which nodes have each VIP, keepalived's states, adverts and gratuitous ARP."""

from collections.abc import Iterator

import numpy as np

from harness.history.timeline import FOREVER, Interval, gaps
from harness.history.vrrp_states import NOT_RUNNING, vrrp_states
from harness.model.events import VrrpState
from harness.model.virtual_router import RouterVip, VirtualRouter
from harness.report.page.html import plain
from harness.report.page.lanes.lane import Bars, Colour, Ticks
from harness.report.page.lanes.row import Bar, Scene, bars, shade, spans


def owners(scene: Scene) -> Iterator[Bars]:
    """All rows of a VIP are folded away together: an owner all along is half of the story of two owners."""
    for vip in scene.topology.vips:
        yield from _owners(scene, vip)


def _owners(scene: Scene, vip: RouterVip) -> Iterator[Bars]:
    window, group = scene.trial.window, f"{vip.address} ({vip.router.name}) is at"
    held = {node: _within(scene.history.tables.holds(node, vip.address), window) for node in scene.topology.nodes}
    having = {node: held[node] for node in held if held[node] or node in vip.nodes}
    quiet = not any(scene.within(t) for intervals in having.values() for each in intervals for t in each)
    for node, intervals in having.items():
        states = [(f"{node} has it", shade(scene.topology, node))]
        found = [Bar(each.begin, each.end, 0) for each in intervals]
        yield bars(scene, node, group, states, found, quiet=quiet, node=node)
    untold = scene.history.tables.untold(vip.nodes, window)
    none = [Bar(*each, 1) for each in gaps([*untold, *(i for each in having.values() for i in each)], window)]
    both = [Bar(*each, 0) for each in scene.history.tables.dual(vip) if each & window]
    unknown = [Bar(*each, 2) for each in untold]
    states = [("two have it", "bad"), ("no node has it", "none"), ("not recorded", "off")]
    found = [*both, *none, *unknown]
    yield bars(scene, "both, or none", group, states, found, quiet=quiet and not found)


def _within(intervals: list[Interval], window: Interval) -> list[Interval]:
    return [each for each in intervals if each & window]


def states(scene: Scene) -> Iterator[Bars]:
    """As keepalived's notify FIFO told them, a row for each instance of each node."""
    told = {key: [*vrrp_states(scene.history, *key)] for key in _instances(scene)}
    changed = {instance for (_, instance), each in told.items() if any(scene.within(state.t) for state in each)}
    for (node, instance), since in told.items():
        names, found = spans([(each.t, each.text) for each in since], FOREVER)
        labelled = [(name, _colour(name, shade(scene.topology, node))) for name in names]
        group = f"VRRP state of {instance}, by keepalived"
        yield bars(scene, node, group, labelled, found, quiet=instance not in changed)


def _instances(scene: Scene) -> list[tuple[str, str]]:
    """(node, instance), the nodes of one instance together."""
    found = {(event.node, event.instance) for event in scene.history.of(VrrpState)}
    return sorted(found, key=lambda each: (each[1], each[0]))


def _colour(state: str, own: Colour) -> Colour:
    if state == NOT_RUNNING:
        return "none"
    return own if state.startswith("MASTER") else "bad" if state == "FAULT" else "off"


def announcements(scene: Scene) -> Iterator[Ticks]:
    """Adverts and gratuitous ARP as they left each node."""
    for router in scene.topology.virtual_routers.values():
        yield from _announced(scene, router)


def _announced(scene: Scene, router: VirtualRouter) -> Iterator[Ticks]:
    history, window, us = scene.history, scene.trial.window, scene.trial.us
    limits = scene.trial.steps[0].limits.routers.get(router.name)
    segments = limits.segments if limits else {router.segment}
    adverts = history.adverts(segments, router.vrid, window)
    garps = {node: [a.t for vip in router.owned for a in history.garps(vip, node, window)] for node in router.nodes}
    quiet = not any(garps.values()) and len({a.port for a in adverts}) < 2
    for node in router.nodes:
        sent = np.array([us(a.t) for a in adverts if a.port.rpartition(".")[0] == node], np.int64)
        said = np.array(sorted(map(us, garps[node])), np.int64)
        yield Ticks(
            label=plain(node),
            group=plain(f"adverts, gratuitous ARP of {router.name}"),
            small=scene.blob.times(sent),
            tall=scene.blob.times(said),
            names=("advert", "gratuitous ARP"),
            quiet=quiet,
        )
