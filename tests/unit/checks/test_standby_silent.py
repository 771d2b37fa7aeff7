"""A standby that forwards would hide the outage."""

from dataclasses import replace

import msgspec
import pytest

from harness import checks
from harness.model.events import InterfaceCounted
from tests.histories import LB1, LB2, HistoryBuilder, carrier_loss, ns
from tests.shapes import Shape, several_vips, three_nodes


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


def test_only_what_a_standby_forwards_is_told() -> None:
    """A node that has the VIP before or after may forward; one that has it in neither sample may not."""
    story = HistoryBuilder().event(counted(LB1, 5.0, 7, forwarding=True))
    assert checks.standby_silent(*story.judged()).holds


@pytest.mark.parametrize("moved, forwards", [(4.9, LB1), (4.9, LB2)])
def test_a_standby_at_either_end_of_the_time(moved: float, forwards: str) -> None:
    """Between the samples of 4.5 and 5.0 s the VIP moves, and each node has forwarded meanwhile."""
    story = HistoryBuilder().gives_up(LB1, moved).takes(LB2, moved)
    story.unseen(InterfaceCounted)
    history, step = story.judged()
    samples = tuple(
        counted(node, t, 7 if node == forwards and t >= 5.0 else 0)
        for t in (x / 2 for x in range(-4, 20))
        for node in (LB1, LB2)
    )
    told = replace(history, events=tuple(sorted([*history.events, *samples], key=lambda event: event.t)))
    finding = checks.standby_silent(told, step)
    assert finding.violated
    assert finding.sentence == f"{forwards} forwarded as a standby, first at +6.000 s."


@pytest.mark.parametrize("grows, told", [(-1.5, False), (-1.0, True), (-0.5, True)])
def test_what_was_forwarded_before_the_step_is_not_told(grows: float, *, told: bool) -> None:
    """It begins at -1.0 s, where a sample is. From the last one before it on packets are counted."""
    history, step = HistoryBuilder().unseen(InterfaceCounted).judged()
    times = (t / 2 for t in range(-4, 20))
    samples = [counted(node, t, int(node == LB2 and t >= grows)) for t in times for node in (LB1, LB2)]
    events = tuple(sorted([*history.events, *samples], key=lambda event: event.t))
    finding = checks.standby_silent(replace(history, events=events), step)
    assert [instant.what for instant in finding.instants] == (["lb-ext-2 forwarded 1 packets"] if told else [])


def test_two_samples_are_enough_and_one_is_not() -> None:
    """Of a step so short that no sample is missed in it."""
    for extra, verdict in (((), "inconclusive"), ((0.05,), "holds")):
        history, step = HistoryBuilder(watch_s=0.1).unseen(InterfaceCounted).judged()
        told = [counted(node, t, 0) for t in (-0.3, *extra) for node in (LB1, LB2)]
        events = tuple(sorted([*history.events, *told], key=lambda event: event.t))
        short = replace(step, began_ns=ns(-0.2))
        finding = checks.standby_silent(replace(history, events=events), short)
        assert finding.verdict == verdict
        assert finding.sentence == (
            "lb-ext-1 and lb-ext-2 forwarded nothing while on standby."
            if finding.holds
            else "The counters of lb-ext-1 and lb-ext-2 were not read twice."
        )


@pytest.mark.parametrize("shape, said", [(None, "Both nodes"), (three_nodes(), "All nodes")])
def test_nodes_that_are_declared_to_forward(shape: Shape | None, said: str) -> None:
    history, step = HistoryBuilder(shape=shape).judged()
    nodes = {name: msgspec.structs.replace(node, forwards=True) for name, node in history.topology.nodes.items()}
    routers = replace(history, topology=msgspec.structs.replace(history.topology, nodes=nodes))
    assert checks.standby_silent(routers, step).sentence == f"{said} are declared to forward."


def test_an_owner_of_one_vip_is_no_standby_of_the_router() -> None:
    """It lost one of its VIPs, and has the others."""
    story = HistoryBuilder(shape=several_vips()).address(LB1, 3.0, vip="10.77.0.101", present=False)
    assert checks.standby_silent(*story.event(counted(LB1, 5.0, 7)).judged()).holds
