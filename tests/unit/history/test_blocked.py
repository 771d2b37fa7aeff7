"""Frames in a network with loops: no switch sends by a blocked port, and none takes anything from one."""

from collections.abc import Iterable

import pytest

from harness.history.forwarding import Forwarding
from harness.history.tables import Tables
from harness.lab.view import View
from harness.model.events import AddressChanged, AgentStarted, AnyEvent, FdbChanged, NeighbourChanged, PortState
from tests.full_network import full

MAC = "02:77:00:00:00:01"  # lb-ext-1's, on sw-a
VMAC = "00:00:5e:00:01:33"
HOME = {"sw-a": "lb-ext-1.external", "sw-b": "trunk.b", "sw-c": "trunk-bc.b"}
SOUND = ("trunk-ca.b",)
CUT = ("trunk.a", "trunk.b")


def reaches(switch: str, fdb: dict[str, str], blocked: Iterable[str], mac: str = MAC) -> str | None:
    virtual = {("external", VMAC): ("lb-ext-1",)}
    tables = {(at, mac): port for at, port in fdb.items()}
    return Forwarding(full(), tables, virtual, tuple(blocked)).reaches(switch, mac)


@pytest.mark.parametrize(
    "fdb, blocked, reached",
    [
        (HOME, SOUND, "lb-ext-1"),
        ({}, SOUND, "lb-ext-1"),
        (HOME, CUT, None),  # no switch has forgotten: sw-b sends by a port that has failed
        (HOME, ("trunk.a",), None),  # the far end takes nothing in
        (HOME, ("trunk.b",), None),  # the near end sends nothing
        (HOME, ("trunk-bc.a",), "lb-ext-1"),  # another link
        ({"sw-a": HOME["sw-a"], "sw-c": HOME["sw-c"]}, CUT, None),  # sw-c alone keeps its table: it sends nothing back
        ({"sw-a": HOME["sw-a"], "sw-c": "trunk-ca.a"}, CUT, "lb-ext-1"),  # learnt anew, the other way around
        ({"sw-a": HOME["sw-a"]}, CUT, "lb-ext-1"),  # all have forgotten: flooded the other way around
        ({}, (*CUT, "trunk-ca.b"), None),  # cut in two places
        ({}, ("trunk.b", "trunk-ca.b"), None),  # the near end of one: sw-b sends nothing there
        ({}, ("trunk.a", "trunk-ca.b"), None),  # the far end: sw-a takes nothing in
        ({"sw-a": "trunk.a"}, SOUND, None),  # sw-a sends it back: it gives it to no node
        ({}, ("lb-ext-1.external",), None),  # the storm guard has shut the node's own port
    ],
)
def test_from_sw_b(fdb: dict[str, str], blocked: tuple[str, ...], reached: str | None) -> None:
    assert reaches("sw-b", fdb, blocked) == reached


def test_a_virtual_mac_is_flooded_only_where_frames_pass() -> None:
    assert reaches("sw-b", {}, SOUND, VMAC) == "lb-ext-1"
    assert reaches("sw-b", {}, (*CUT, "trunk-ca.b"), VMAC) is None


def test_what_a_cache_reaches_follows_the_port_states() -> None:
    """Dark from the failure on, until the alternate opens: an instant of its own, although no table changed."""
    events: list[AnyEvent] = [
        PortState(1, "trunk-ca.b", "blocked"),
        AddressChanged(1, "lb-ext-1", "10.77.0.100", "lan0", True),
        NeighbourChanged(1, "gw-2", "10.77.0.100", MAC, 4),
        FdbChanged(1, "sw-a", MAC, "lb-ext-1.external"),
        PortState(10, "trunk.a", "disabled"),
        PortState(10, "trunk.b", "disabled"),
        PortState(15, "trunk-ca.b", "forwarding"),
    ]
    tables = Tables(full(), events)
    cache = tables.caches["gw-2"]
    assert [tables.arp(cache, t) for t in (5, 12, 15)] == ["lb-ext-1", None, "lb-ext-1"]
    assert {10, 15} <= set(tables.arp_instants(cache, tables.addresses.intervals(("lb-ext-1", "10.77.0.100"), True)[0]))


def test_the_live_view_follows_them_too() -> None:
    view = View(full())
    view.take(NeighbourChanged(1, "gw-2", "10.77.0.100", MAC, 4))
    view.take(FdbChanged(1, "sw-b", MAC, "trunk.b"))
    cache = full().caches["gw-2"]
    assert view.arp(cache) == "lb-ext-1"
    view.take(PortState(2, "trunk.b", "disabled"))
    assert view.arp(cache) is None
    view.take(AgentStarted(3, "eye", "boot", 0))
    view.take(NeighbourChanged(4, "gw-2", "10.77.0.100", MAC, 4))
    assert view.arp(cache) == "lb-ext-1"


def test_a_new_eye_tells_blocked_ports_again() -> None:
    tables = Tables(full(), [PortState(1, "trunk-ca.b", "blocked"), AgentStarted(5, "eye", "boot", 0)])
    assert [sorted(tables.blocked_at(t)) for t in (4, 5)] == [["trunk-ca.b"], []]


def test_a_cache_behind_a_shut_port_reaches_no_node() -> None:
    """Its switch takes nothing in by that port: what the tables behind it say does not count."""
    events: list[AnyEvent] = [
        NeighbourChanged(1, "gw-2", "10.77.0.100", MAC, 4),
        PortState(2, "gw-2.external", "blocked"),
        PortState(3, "gw-2.external", "forwarding"),
    ]
    tables, view = Tables(full(), events), View(full())
    assert [tables.arp(tables.caches["gw-2"], t) for t in (1, 2, 3)] == ["lb-ext-1", None, "lb-ext-1"]
    reached = []
    for event in events:
        view.take(event)
        reached.append(view.arp(full().caches["gw-2"]))
    assert reached == ["lb-ext-1", None, "lb-ext-1"]
