"""A standby that forwards would hide the outage."""

from dataclasses import replace

import msgspec

from harness import checks
from harness.model.events import InterfaceCounted
from tests.histories import LB1, LB2, HistoryBuilder, carrier_loss, ns


def counted(node: str, t: float, forwarded: int, *, forwarding: bool = False) -> InterfaceCounted:
    return InterfaceCounted(ns(t), node, forwarded, forwarding)


def test_silent() -> None:
    assert checks.standby_silent(*carrier_loss().judged()).holds


def test_forwarding_switched_on() -> None:
    finding = checks.standby_silent(*HistoryBuilder().event(counted(LB2, 3.0, 0, forwarding=True)).judged())
    assert finding.violated
    assert finding.instants[0].what == "lb-ext-2 has ip_forward=1"


def test_packets_forwarded() -> None:
    finding = checks.standby_silent(*HistoryBuilder().event(counted(LB2, 9.95, 7)).judged())
    assert finding.violated
    assert finding.instants[0].what == "lb-ext-2 forwarded 7 packets"


def test_owner_is_not_judged() -> None:
    assert checks.standby_silent(*HistoryBuilder().event(counted(LB1, 9.95, 7)).judged()).holds


def test_restarted_counter_is_no_growth() -> None:
    story = HistoryBuilder().event(counted(LB2, -1.5, 100)).event(counted(LB2, -1.4, 100))
    story.unseen(InterfaceCounted, end=-1.5)
    assert checks.standby_silent(*story.judged()).holds


def test_counters_not_read() -> None:
    assert checks.standby_silent(*HistoryBuilder().unseen(InterfaceCounted).judged()).inconclusive
    unread = HistoryBuilder().unseen(InterfaceCounted, begin=3.0, end=4.6)
    assert "Missing: IP counters of lb-ext-1" in checks.standby_silent(*unread.judged()).sentence


def test_both_nodes_may_forward() -> None:
    history, step = HistoryBuilder().judged()
    nodes = {name: msgspec.structs.replace(node, forwards=True) for name, node in history.topology.nodes.items()}
    routers = replace(history, topology=msgspec.structs.replace(history.topology, nodes=nodes))
    assert checks.standby_silent(routers, step).not_applicable
