"""Which ops reach the pair itself: its nodes, their cables, the trunks that its adverts cross. No other op does.

Each op says so itself (`harness.model.ops.base.Disturbs`).
"""

from harness.checks._mastership import heartbeat_segments
from harness.history import History, Step
from harness.model.events import OpApplied
from harness.model.ops import AnyOp, Disturbs
from harness.model.topology import Pair


def touching(history: History, step: Step, pair: Pair) -> list[OpApplied]:
    """The ops that reach the pair, of the step and of an earlier one that still holds them."""
    segments = {pair.segment, *heartbeat_segments(history, step, pair)}
    trunks = {name for name, trunk in history.topology.trunks.items() if history.topology.switches[trunk.a] in segments}
    return [applied for applied in (*step.inherited, *step.applied) if touches(applied.op, {*pair.nodes, *trunks})]


def moving(history: History, step: Step, pair: Pair) -> list[OpApplied]:
    """Those that may move mastership. keepalived listens to adverts: announcements that are dropped move nothing."""
    return [applied for applied in touching(history, step, pair) if applied.op.disturbs is not Disturbs.announcements]


def touches(op: AnyOp, reached: set[str]) -> bool:
    """`reached`: the pair's nodes and trunks. Of a node, any cable and any service: a track_script may watch it."""
    return op.disturbs is not Disturbs.nothing and op.place in reached
