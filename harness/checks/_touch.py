"""Which ops reach the pair itself: its nodes, their cables, the trunks that its adverts cross. No other op does.

Each op has its line here. A new one without a line does not type-check.
"""

from typing import assert_never

from harness.checks._mastership import heartbeat_segments
from harness.history import History, Step
from harness.model.events import OpApplied
from harness.model.ops import (
    Announce,
    AnyOp,
    ArpAnnounce,
    ArpTimeout,
    Drop,
    DropGarp,
    FeatureSet,
    Flood,
    FlushFdb,
    FlushNeighbours,
    HaproxyAsConfigured,
    LinkDown,
    PinMac,
    PinNeighbour,
    Reboot,
    ServiceDown,
    ServiceReload,
    ServiceRestart,
    SessionLimit,
    ShareServer,
    Signal,
    SqlAnalyse,
    SqlKill,
    SqlPin,
    SqlRoll,
    SqlSet,
    Toxic,
)
from harness.model.topology import Pair


def touching(history: History, step: Step, pair: Pair) -> list[OpApplied]:
    """What was applied in the step, or held from before, and reaches the pair."""
    segments = {pair.segment, *heartbeat_segments(history, step, pair)}
    trunks = {name for name, trunk in history.topology.trunks.items() if history.topology.switches[trunk.a] in segments}
    return [applied for applied in (*step.inherited, *step.applied) if touches(applied.op, {*pair.nodes, *trunks})]


def moving(history: History, step: Step, pair: Pair) -> list[OpApplied]:
    """Those that may move mastership. keepalived listens to adverts: announcements that are dropped move nothing."""
    return [applied for applied in touching(history, step, pair) if not isinstance(applied.op, DropGarp)]


def touches(op: AnyOp, reached: set[str]) -> bool:
    """`reached`: the pair's nodes and trunks. Of a node, any cable and any service: a track_script may watch it."""
    match op:
        case Drop(port=port) | DropGarp(port=port) | LinkDown(port=port):
            return port.rpartition(".")[0] in reached
        case (
            Signal(node=node)
            | ServiceDown(node=node)
            | ServiceRestart(node=node)
            | ServiceReload(node=node)
            | Reboot(node=node)
        ):
            return node in reached
        case FlushNeighbours() | PinNeighbour() | ArpTimeout() | ArpAnnounce() | Announce() | FlushFdb() | PinMac():
            return False  # caches and forwarding tables: VRRP asks neither
        case SessionLimit() | ShareServer() | HaproxyAsConfigured() | Flood():
            return False  # HAProxy goes on serving; a failover that follows from load is a finding
        case SqlRoll() | SqlPin() | SqlSet() | SqlAnalyse() | SqlKill() | FeatureSet() | Toxic():
            return False  # databases and API servers, behind the pair
        case _:
            assert_never(op)
