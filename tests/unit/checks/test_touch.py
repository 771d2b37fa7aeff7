"""Which ops reach a pair: two segments, each with a trunk of its own."""

from dataclasses import replace
from typing import get_args

import msgspec
import pytest

from harness.checks._touch import moving, touches, touching
from harness.history import History, Step
from harness.model.limits import Limits
from harness.model.node import Port
from harness.model.ops import (
    Announce,
    AnyOp,
    Disturbs,
    Drop,
    DropGarp,
    FeatureSet,
    Flood,
    FlushFdb,
    FlushNeighbours,
    IgnoreChanges,
    LinkDown,
    OpenLate,
    PinNeighbour,
    Reboot,
    ServiceDown,
    ServiceReload,
    ServiceRestart,
    SessionLimit,
    Signal,
    SqlRoll,
    Toxic,
)
from harness.model.topology import Trunk
from tests.histories import LB1, LB2, VIP, HistoryBuilder, keepalived_conf

FLOOD = Flood("customer-1", "idle", 10, f"{VIP}:80", 0, 100)
TOUCHING: tuple[AnyOp, ...] = (
    Drop("trunk.a", "ingress"),
    Drop("trunk.b", "egress"),
    LinkDown("trunk.a"),
    Drop(f"{LB2}.external", "ingress"),
    LinkDown(f"{LB1}.internal"),  # another cable of the node's
    Signal(LB1),
    Signal(LB2, "haproxy"),  # a track_script may watch it
    ServiceDown(LB1, "keepalived"),
    ServiceRestart(LB1, "keepalived"),
    ServiceReload(LB1, "keepalived"),
    Reboot(LB1),
)
ELSEWHERE: tuple[AnyOp, ...] = (
    Drop("inner.a", "ingress"),
    LinkDown("inner.b"),
    Drop("gw-1.external", "ingress"),
    Signal("gw-1"),
    Reboot("api-1"),
    ServiceReload("db-1", "mariadb"),
    FlushNeighbours(LB1),
    PinNeighbour(LB1, VIP),
    FlushFdb("sw-a"),
    Announce("external"),
    SessionLimit(LB1, 10),
    FLOOD,
    SqlRoll("db-1"),
    FeatureSet("api-1", "force_index", enabled=True),
    Toxic("db-1", "clients", "latency", ()),
)


def judged(op: AnyOp, interface: str = "lan0") -> tuple[History, Step]:
    """The lab with a second segment, `internal`, between the balancers. `interface`: that the adverts leave by."""
    story = HistoryBuilder().op(op, 0.0, 1.0 if op.held else None)
    nodes = dict(story.topology.nodes)
    for number, node in enumerate((LB1, LB2)):
        inside = Port(node, 1, "internal", f"sw-int-{number}", f"02:78:00:00:00:0{number}", f"10.78.0.{number}/24")
        nodes[node] = msgspec.structs.replace(nodes[node], ports=(*nodes[node].ports, inside))
    story.topology = msgspec.structs.replace(
        story.topology,
        nodes=nodes,
        switches=story.topology.switches | {"sw-int-0": "internal", "sw-int-1": "internal"},
        trunks=story.topology.trunks | {"inner": Trunk("inner", "sw-int-0", "sw-int-1")},
    )
    history, step = story.judged()
    files = {LB1: keepalived_conf(150, 0.1), LB2: keepalived_conf(100, 0.1)}
    other = {node: text.replace("interface lan0", f"interface {interface}") for node, text in files.items()}
    return history, replace(step, limits=Limits.derive(story.topology, other))


@pytest.mark.parametrize("op", [*TOUCHING, *ELSEWHERE], ids=str)
def test_touching(op: AnyOp) -> None:
    history, step = judged(op)
    assert bool(touching(history, step, history.topology.virtual_routers["external"])) is (op in TOUCHING)


@pytest.mark.parametrize("interface, touched", [("lan0", False), ("lan1", True)])
def test_trunk_that_the_heartbeat_crosses(interface: str, *, touched: bool) -> None:
    history, step = judged(Drop("inner.a", "ingress"), interface)
    assert bool(touching(history, step, history.topology.virtual_routers["external"])) is touched


def test_dropped_announcements_touch_the_pair_and_move_nothing() -> None:
    history, step = judged(DropGarp(f"{LB1}.external", "ingress", VIP))
    router = history.topology.virtual_routers["external"]
    assert len(touching(history, step, router)) == 1
    assert moving(history, step, router) == []


def test_every_op_is_told_of() -> None:
    """Whatever op there is says whether it reaches the pair."""
    for op in get_args(AnyOp):
        one = op(**dict.fromkeys(op.__struct_fields__, f"{LB1}.external"))
        assert touches(one, {one.place}) is (one.disturbs is not Disturbs.nothing)
        assert not touches(one, {LB2})


def test_a_switch_of_the_segment_and_no_other() -> None:
    """A switch that keeps what it has learnt may cut a unicast peer off."""
    for switch, touched in (("sw-a", True), ("sw-c1", False), ("sw-int-0", False)):
        for op in (IgnoreChanges(switch), OpenLate(switch, 100)):
            history, step = judged(op)
            router = history.topology.virtual_routers["external"]
            assert len(touching(history, step, router)) == len(moving(history, step, router)) == touched
