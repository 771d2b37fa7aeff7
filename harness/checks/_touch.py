"""Which ops touch a virtual router: those on its nodes, their cables, its segments, their switches and trunks.

Each op declares what it disturbs (`harness.model.ops.base.Disturbs`). The instances of a vrrp_sync_group move together,
so that what touches one of their routers touches all.
"""

from collections.abc import Collection, Iterable

from harness.checks._bounds import limits, synced_with
from harness.history import History, Step
from harness.model.events import OpApplied
from harness.model.ops import AnyOp, Disturbs
from harness.model.topology import Topology
from harness.model.virtual_router import VirtualRouter


def touching(
    history: History, step: Step, router: VirtualRouter, nodes: Iterable[str] | None = None
) -> list[OpApplied]:
    """The ops on the router's nodes (or on `nodes`), segments, switches, trunks: of the step, and those still held."""
    reached = reach(history, step, router, nodes)
    return [applied for applied in (*step.inherited, *step.applied) if touches(applied.op, reached)]


def reach(history: History, step: Step, router: VirtualRouter, nodes: Iterable[str] | None = None) -> set[str]:
    """The places where an op touches the router: nodes (those of its group, or `nodes`), segments, switches, trunks."""
    every = synced_with(history, step, router)
    segments = {name for each in every for name in (each.segment, *limits(step, each).segments)}
    there = {node for each in every for node in each.nodes} if nodes is None else set(nodes)
    return there | ways(history.topology, segments)


def ways(topology: Topology, segments: Collection[str]) -> set[str]:
    """The segments, with their switches and trunks."""
    trunks = {name for name, trunk in topology.trunks.items() if topology.switches[trunk.a] in segments}
    switches = {name for name, segment in topology.switches.items() if segment in segments}
    return {*trunks, *segments, *switches}


def moving(history: History, step: Step, router: VirtualRouter) -> list[OpApplied]:
    """Those that may move mastership. A drop of announcements does not: keepalived acts on adverts only."""
    return [applied for applied in touching(history, step, router) if applied.op.disturbs is not Disturbs.announcements]


def touches(op: AnyOp, reached: set[str]) -> bool:
    """`reached`: nodes, segments, switches, trunks. Each cable and service of a node counts: a script may watch it."""
    return op.disturbs is not Disturbs.nothing and op.place in reached
