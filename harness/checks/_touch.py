"""Which ops touch a virtual router: those on its nodes, their cables, its segments, their switches and trunks.

Each op declares what it disturbs (`harness.model.ops.base.Disturbs`).
"""

from collections.abc import Iterable

from harness.checks._bounds import limits
from harness.history import History, Step
from harness.model.events import OpApplied
from harness.model.ops import AnyOp, Disturbs
from harness.model.virtual_router import VirtualRouter


def touching(
    history: History, step: Step, router: VirtualRouter, nodes: Iterable[str] | None = None
) -> list[OpApplied]:
    """The ops on the router's nodes (or on `nodes`), segments, switches, trunks: of the step, and those still held."""
    segments = {router.segment, *limits(step, router).segments}
    trunks = {name for name, trunk in history.topology.trunks.items() if history.topology.switches[trunk.a] in segments}
    switches = {name for name, segment in history.topology.switches.items() if segment in segments}
    reached = {*(router.nodes if nodes is None else nodes), *trunks, *segments, *switches}
    return [applied for applied in (*step.inherited, *step.applied) if touches(applied.op, reached)]


def moving(history: History, step: Step, router: VirtualRouter) -> list[OpApplied]:
    """Those that may move mastership. A drop of announcements does not: keepalived acts on adverts only."""
    return [applied for applied in touching(history, step, router) if applied.op.disturbs is not Disturbs.announcements]


def touches(op: AnyOp, reached: set[str]) -> bool:
    """`reached`: nodes, segments, switches, trunks. Each cable and service of a node counts: a script may watch it."""
    return op.disturbs is not Disturbs.nothing and op.place in reached
