"""Netlink messages become events once, and only if something changed."""

import socket
import struct

import pytest

from harness.agents.network import rtnetlink
from harness.agents.network.frames import marker_source
from harness.agents.network.rtnetlink import Address, BridgePort, Forwarding, Link, Message, Neighbour, Route
from harness.agents.network.view import NodeView, SwitchView, View, is_data_plane
from harness.model.events import (
    AddressChanged,
    AnyEvent,
    FdbChanged,
    LinkChanged,
    NeighbourChanged,
    PortState,
    RouteChanged,
)
from harness.model.node import Node as TopologyNode
from harness.model.node import Port
from harness.model.topology import Topology
from tests.full_network import full

VIP = "10.77.0.100"
MAC = bytes.fromhex("027700000001")
LAN0 = Link(True, 4, "lan0", True, True)
ETH0 = Link(True, 2, "eth0", True, True)


def apply(view: View, *messages: Message, t: int = 1) -> list[AnyEvent]:
    return [event for message in messages for event in view.apply(message, t)]


@pytest.fixture
def node() -> NodeView:
    view = NodeView(TopologyNode("gw-1", "gateway", ()))
    apply(view, LAN0, ETH0)
    return view


def test_an_address_comes_and_goes_once(node: NodeView) -> None:
    came, gone = Address(True, 4, VIP), Address(False, 4, VIP)
    assert apply(node, came, came) == [AddressChanged(1, "gw-1", VIP, "lan0", True)]
    assert apply(node, gone, gone) == [AddressChanged(1, "gw-1", VIP, "lan0", False)]


def test_the_management_network_is_left_out_but_for_a_default_route(node: NodeView) -> None:
    assert apply(node, Address(True, 2, "172.18.0.5"), Route(True, 2, "172.18.0.0/16")) == []
    assert apply(node, Route(True, 2, "default")) == [RouteChanged(1, "gw-1", "default", True, "eth0")]


def test_a_neighbour_changes_its_mac_state_or_goes(node: NodeView) -> None:
    reachable = Neighbour(True, 4, "10.77.0.11", MAC, 2)
    assert apply(node, reachable, reachable) == [NeighbourChanged(1, "gw-1", "10.77.0.11", "02:77:00:00:00:01", 2)]
    assert apply(node, reachable._replace(state=4))[0] == NeighbourChanged(
        1, "gw-1", "10.77.0.11", "02:77:00:00:00:01", 4
    )
    assert apply(node, Neighbour(False, 4, "10.77.0.11", None, 4)) == [
        NeighbourChanged(1, "gw-1", "10.77.0.11", None, 0)
    ]


def test_the_baseline_is_what_exists_now(node: NodeView) -> None:
    apply(node, Address(True, 4, VIP), Address(True, 4, "10.77.0.1"), Address(False, 4, VIP))
    assert list(node.baseline(9)) == [
        LinkChanged(9, "gw-1", "lan0", True, True),
        AddressChanged(9, "gw-1", "10.77.0.1", "lan0", True),
    ]


def test_what_a_new_dump_does_not_confirm_is_gone(node: NodeView) -> None:
    apply(node, Address(True, 4, VIP), Address(True, 4, "10.77.0.1"))
    node.doubt()
    assert apply(node, LAN0, Address(True, 4, "10.77.0.1"), t=2) == []
    assert list(node.settle(3)) == [AddressChanged(3, "gw-1", VIP, "lan0", False)]
    assert list(node.settle(4)) == []


def test_a_dead_namespace_takes_everything_with_it(node: NodeView) -> None:
    apply(node, Address(True, 4, VIP))
    assert AddressChanged(5, "gw-1", VIP, "lan0", False) in list(node.forget(5))
    assert list(node.baseline(6)) == []


@pytest.fixture
def switches() -> SwitchView:
    port = Port("lb-ext-1", 0, "external", "sw-a", "02:77:00:00:00:01", "10.77.0.1/24")
    other = Port("gw-1", 0, "external", "sw-a", "02:77:00:00:00:0b", "10.77.0.11/24")
    nodes = {p.node: TopologyNode(p.node, "any", (p,)) for p in (port, other)}
    view = SwitchView(Topology({"external": "10.77.0.0/24"}, {"sw-a": "external"}, {}, nodes, {}, {}))
    apply(view, Link(True, 5, "lb-ext-1.0", True, True), Link(True, 6, "gw-1.0", True, True))
    return view


def test_a_switch_learns_moves_and_forgets(switches: SwitchView) -> None:
    mac = "02:77:00:00:00:01"
    assert apply(switches, Forwarding(True, 5, MAC, False)) == [FdbChanged(1, "sw-a", mac, "lb-ext-1.external")]
    assert apply(switches, Forwarding(True, 6, MAC, False)) == [FdbChanged(1, "sw-a", mac, "gw-1.external")]
    assert apply(switches, Forwarding(False, 6, MAC, False)) == [FdbChanged(1, "sw-a", mac, None)]


def test_an_entry_is_of_the_switch_that_the_kernel_names() -> None:
    """A card may be pinned to another switch than the topology's. A kernel that names none: to its own."""
    port = Port("lb-ext-1", 0, "external", "sw-a", "02:77:00:00:00:01", "10.77.0.1/24")
    both = dict.fromkeys(("sw-a", "sw-b"), "external")
    view = SwitchView(
        Topology({"external": "10.77.0.0/24"}, both, {}, {port.node: TopologyNode(port.node, "any", (port,))}, {}, {})
    )
    apply(view, Link(True, 5, "lb-ext-1.0", True, True), Link(True, 8, "sw-b", True, True))
    assert apply(view, Forwarding(True, 5, MAC, False, 8)) == [FdbChanged(1, "sw-b", port.mac, port.name)]
    assert apply(view, Forwarding(False, 5, MAC, False, 8)) == [FdbChanged(1, "sw-b", port.mac, None)]
    assert apply(view, Forwarding(True, 5, MAC, False, 9)) == [FdbChanged(1, "sw-a", port.mac, port.name)]


def test_a_switchs_own_addresses_and_markers_are_not_learnt(switches: SwitchView) -> None:
    own, measured = Forwarding(True, 5, MAC, True), Forwarding(True, 5, marker_source(3), False)
    assert apply(switches, own, measured) == []


@pytest.mark.parametrize(
    "device, expected",
    [("lan0", True), ("vrrp.51", True), ("eth0", False), ("eth0.10", True), ("lo", False), ("", False)],
)
def test_data_plane_devices(device: str, *, expected: bool) -> None:
    assert is_data_plane(device, managed=True) is expected


def test_a_balancer_has_cables_alone_whatever_their_names() -> None:
    """No management network: eth0 is a cable there."""
    view = NodeView(TopologyNode("lb-ext-1", "balancer", ()))
    assert apply(view, ETH0) == [LinkChanged(1, "lb-ext-1", "eth0", True, True)]


def attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(data), kind) + data + b"\0" * (-len(data) % 4)


def test_netlink_neighbour_message() -> None:
    body = struct.pack("=BxxxiHBB", socket.AF_INET, 4, 0x02, 0, 0)
    body += attribute(1, socket.inet_aton(VIP)) + attribute(2, MAC)
    assert rtnetlink.decode(rtnetlink.NEWNEIGH, body) == Neighbour(True, 4, VIP, MAC, 2)
    incomplete = struct.pack("=BxxxiHBB", socket.AF_INET, 4, 0x01, 0, 0) + attribute(1, socket.inet_aton(VIP))
    assert rtnetlink.decode(rtnetlink.NEWNEIGH, incomplete) == Neighbour(True, 4, VIP, None, 1)


def test_a_failed_neighbour_has_no_mac_even_if_the_kernel_still_shows_the_old_one() -> None:
    failed = struct.pack("=BxxxiHBB", socket.AF_INET, 4, 0x20, 0, 0)
    body = failed + attribute(1, socket.inet_aton(VIP)) + attribute(2, MAC)
    assert rtnetlink.decode(rtnetlink.NEWNEIGH, body) == Neighbour(True, 4, VIP, None, 0x20)


def test_netlink_tells_a_default_route_of_the_main_table() -> None:
    body = struct.pack("=BBBBBBBBI", 2, 0, 0, 0, 254, 4, 0, 1, 0) + attribute(4, struct.pack("=I", 2))
    assert rtnetlink.decode(rtnetlink.NEWROUTE, body) == Route(True, 2, "default")
    local = body[:4] + b"\xff" + body[5:]
    assert rtnetlink.decode(rtnetlink.NEWROUTE, local) is None


def test_a_port_that_does_not_forward_is_told_once_and_again_in_the_baseline() -> None:
    """Of a cable carrier is told by its node: only that its switch blocks it is told here."""
    view = SwitchView(full())
    cable, trunk = Link(True, 7, "gw-1.0", True, True), Link(True, 8, "trunk-ca.b", True, True)
    assert apply(view, cable, trunk, BridgePort(7, 3), BridgePort(8, 3), BridgePort(7, 0)) == []
    assert apply(view, BridgePort(8, 1), BridgePort(8, 1)) == [PortState(1, "trunk-ca.b", "blocked")]
    assert apply(view, BridgePort(7, 1)) == [PortState(1, "gw-1.external", "blocked")]
    assert apply(view, BridgePort(8, 0)) == [PortState(1, "trunk-ca.b", "disabled")]
    assert [event for event in view.baseline(9) if isinstance(event, PortState)] == [
        PortState(9, "trunk-ca.b", "disabled"),
        PortState(9, "gw-1.external", "blocked"),
    ]
    assert apply(view, BridgePort(8, 3), BridgePort(8, 3)) == [PortState(1, "trunk-ca.b", "forwarding")]


def test_the_state_of_a_port_is_read_from_the_kernel_s_message() -> None:
    """IFLA_PROTINFO with IFLA_BRPORT_STATE, in a link message of the bridge family."""
    state = struct.pack("=HHB3x", 5, 1, 1)
    body = struct.pack("=BxHiII", 7, 0, 8, 0, 0) + struct.pack("=HH", 4 + len(state), 12 | 0x8000) + state
    assert rtnetlink.decode(rtnetlink.NEWLINK, body) == BridgePort(8, 1)
    assert rtnetlink.decode(rtnetlink.NEWLINK, body[:16]) is None
