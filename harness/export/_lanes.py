"""A trial as rows of bars: faults, owners of VIPs, keepalived's states, caches, processes, database plans. Pure."""

from collections.abc import Iterator
from itertools import pairwise

from harness.export._lane import Bar, Lane, Look, clipped, look, runs
from harness.export._trial import Trial
from harness.history import History
from harness.history.timeline import Interval, gaps, overlaps
from harness.history.vrrp_states import NOT_KNOWN, vrrp_states
from harness.model.events import DatabaseSample, OpApplied, OpReleased, ServiceChanged, VrrpState
from harness.model.ops import RIGHT_INDEX
from harness.model.topology import Cache
from harness.model.units import seconds
from harness.model.virtual_router import RouterVip


def lanes(history: History, trial: Trial) -> Iterator[Lane]:
    """In the order in which they are shown. A row without a bar is left out."""
    found = (_faults, _owners, _states, _caches, _services, _plans)
    yield from (lane for part in found for lane in part(history, trial) if lane.bars)


def _faults(history: History, trial: Trial) -> Iterator[Lane]:
    """A row for each fault; acts of one kind share a row, as a reset has some thirty."""
    by_op: dict[str, list[Bar]] = {}
    for step in trial.steps:
        for applied in step.applied:
            name = str(applied.op) if applied.op.held else str(applied.op.__struct_config__.tag).replace("_", " ")
            by_op.setdefault(name, []).append(_fault(history, trial, applied))
    yield from (Lane("faults and acts", op, bars) for op, bars in by_op.items())


def _fault(history: History, trial: Trial, applied: OpApplied) -> Bar:
    """Asked and achieved as text: the agents' deadlines, and what the kernel acknowledged."""
    if not applied.op.held:
        return Bar(applied.t, applied.t, str(applied.op), "fault")
    release = _release(history, applied)
    asked = f"asked {seconds(release.asked_ns - applied.asked_ns):.3f} s, " if release and release.asked_ns else ""
    if release is None or release.t >= trial.window.end:
        return Bar(applied.t, trial.window.end, "held to the end", "fault")
    return Bar(applied.t, release.t, f"{asked}held {seconds(release.t - applied.t):.3f} s", "fault")


def _release(history: History, applied: OpApplied) -> OpReleased | None:
    """It may come in a later step, or after the last one."""
    key = applied.plan, applied.part, applied.op
    same = (each for each in history.of(OpReleased) if not each.error and (each.plan, each.part, each.op) == key)
    return next((each for each in same if each.t >= applied.t), None)


def _owners(history: History, trial: Trial) -> Iterator[Lane]:
    for vip in history.topology.vips:
        group = f"{vip.address} is on"
        for node, held in history.tables.owners(vip).items():
            yield Lane(group, node, _bars(held, trial, node, look(vip.nodes, node)))
        dual, untold = history.tables.dual(vip), history.tables.untold(vip.nodes, trial.window)
        two = _bars(dual, trial, "two owners", "bad")
        nowhere = _bars(gaps([*history.tables.owned(vip), *untold], trial.window), trial, "no owner", "none")
        unknown = _bars([part for each in untold for part in gaps(dual, each)], trial, NOT_KNOWN, "quiet")
        yield Lane(group, "two, or none", sorted([*two, *nowhere, *unknown]))


def _bars(intervals: list[Interval], trial: Trial, text: str, kind: Look) -> list[Bar]:
    return [bar for each in intervals for bar in clipped(Bar(*each, text, kind), trial.window)]


def _states(history: History, trial: Trial) -> Iterator[Lane]:
    nodes = {node: router.nodes for router in history.topology.virtual_routers.values() for node in router.nodes}
    told = sorted({(each.node, each.instance) for each in history.of(VrrpState)})
    for node, instance in told:
        states = list(_states_of(history, node, instance, nodes.get(node, ())))
        yield Lane("keepalived says", f"{node} {instance}", list(runs(states, trial.window)))


def _states_of(history: History, node: str, instance: str, nodes: tuple[str, ...]) -> Iterator[tuple[int, str, Look]]:
    for each in vrrp_states(history, node, instance):
        yield each.t, each.text, _state_look(each.said, look(nodes, node)) if each.said else "none"


def _state_look(told: VrrpState, of_node: Look) -> Look:
    return of_node if told.master else "bad" if told.state == "FAULT" else "quiet"


def _caches(history: History, trial: Trial) -> Iterator[Lane]:
    for name, cache in history.tables.caches.items():
        bars = [bar for each in _led(history, cache, trial) for bar in each]
        yield Lane(f"{cache.vip.address} leads to, at", name, bars)


def _led(history: History, cache: Cache, trial: Trial) -> Iterator[list[Bar]]:
    """Bars of what a cache leads to; the part in which that node has not the VIP has a look of its own."""
    owners = history.tables.owners(cache.vip)
    changes = [*history.tables.arp_changes(cache, trial.window), (trial.window.end, None)]
    for (begin, node), (end, _) in pairwise(changes):
        if begin < end:
            within, tables = Interval(begin, end), history.tables
            untold = tables.untold([node], within) if node else tables.untold_entries(cache, within)
            yield _led_to(cache.vip, node, within, owners.get(node or "", []), untold)


def _led_to(
    vip: RouterVip, node: str | None, within: Interval, owned: list[Interval], untold: list[Interval]
) -> list[Bar]:
    """`untold`: when nothing was known of the node's addresses; without a node, of the cache's entries."""
    if node is None:
        nowhere = [Bar(*each, "no node", "none") for each in gaps(untold, within)]
        return sorted([*nowhere, *(Bar(*each, NOT_KNOWN, "quiet") for each in untold)])
    unknown = [Bar(*each, f"{node}, which may have the VIP", "quiet") for each in untold]
    right = [Bar(*each, node, look(vip.nodes, node)) for each in overlaps(owned, [within])]
    wrong = [Bar(*each, f"{node}, which has not the VIP", "bad") for each in gaps([*owned, *untold], within)]
    return sorted([*right, *wrong, *unknown])


def _services(history: History, trial: Trial) -> Iterator[Lane]:
    """Processes that began or ended inside the window; the others were there all the time."""
    told: dict[tuple[str, str], list[ServiceChanged]] = {}
    for each in history.of(ServiceChanged):
        told.setdefault((each.node, each.service), []).append(each)
    for (node, service), changes in told.items():
        states = [(each.t, each.state, _service_look(each)) for each in changes]
        bars = list(runs(states, trial.window))
        if len(bars) > 1:
            yield Lane("processes", f"{node} {service}", bars)


def _service_look(told: ServiceChanged) -> Look:
    return "good" if told.state == "up" else "bad"


def _plans(history: History, trial: Trial) -> Iterator[Lane]:
    samples = history.of(DatabaseSample, trial.window)
    for node in sorted({each.node for each in samples}):
        states = [(each.t, each.plan or "not known", _plan_look(each.plan)) for each in samples if each.node == node]
        yield Lane("index of token authentication", node, list(runs(states, trial.window)))


def _plan_look(plan: str) -> Look:
    return "good" if plan == RIGHT_INDEX else "bad" if plan else "none"
