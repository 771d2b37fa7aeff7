"""Which vrrp_instance of a node is a virtual router's, and which port its adverts take."""

import msgspec
import pytest

from harness.model.errors import UsageError
from harness.model.instance import instances_of
from harness.model.instance_of import find_instance, heartbeat_of, instance_of
from harness.model.keepalived import VrrpSettings, parse_keepalived
from harness.model.topology import Topology
from tests.shapes import INSIDE_VIP, LB1, LB2, LB3, VIP, crossed, several_vips

OUTSIDE, INSIDE = "lan0", "lan1"  # the balancers' devices
OTHER_VIP = "10.77.0.77"


def lab(vrid: int = 51, inside: tuple[str, ...] = (LB2, LB1)) -> Topology:
    """VRID 51 outside on lb-ext-1 and lb-ext-2; inside a router of `vrid` on the nodes `inside`."""
    topology = crossed().topology
    changed = msgspec.structs.replace(topology.virtual_routers["inside"], vrid=vrid, nodes=inside)
    return msgspec.structs.replace(topology, virtual_routers=topology.virtual_routers | {"inside": changed})


def vrrp(device: str, vip: str, vrid: int = 51, name: str = "V") -> VrrpSettings:
    text = f"interface {device}\nvirtual_router_id {vrid}\nvirtual_ipaddress {{\n{vip}\n}}"
    return parse_keepalived(f"vrrp_instance {name} {{\n{text}\n}}\n")[0]


def outside(topology: Topology, *found: VrrpSettings, node: str = LB1) -> VrrpSettings | None:
    return find_instance(topology, topology.virtual_routers["external"], node, found)


@pytest.mark.parametrize(
    "one, is_the_routers",
    [
        (vrrp(OUTSIDE, VIP), True),
        (vrrp(OUTSIDE, OTHER_VIP), True),  # its VIP is wrong, and a check says so
        (vrrp(INSIDE, VIP), True),  # a heartbeat inside
        (vrrp("eth9", OTHER_VIP), True),  # a device that the lab has not: the router's segment
        (vrrp(INSIDE, OTHER_VIP), False),  # that of the router inside
        (vrrp(OUTSIDE, VIP, vrid=52), False),
    ],
)
def test_an_instance_is_known_by_its_vrid_and_by_its_vip_or_segment(one: VrrpSettings, is_the_routers: bool) -> None:  # noqa: FBT001
    assert outside(lab(), one) == (one if is_the_routers else None)


@pytest.mark.parametrize(
    "topology, node, is_the_routers",
    [
        (lab(vrid=52), LB1, True),
        (lab(inside=(LB2, LB3)), LB1, True),
        (lab(inside=(LB2, LB3)), LB2, False),
        (lab(vrid=52, inside=(LB2, LB3)), LB1, True),
    ],
)
def test_a_segment_is_another_routers_by_its_vrid_and_nodes(
    topology: Topology,
    node: str,
    is_the_routers: bool,  # noqa: FBT001 - a column
) -> None:
    """Only where that router has the same VRID, and this node is one of its own."""
    one = vrrp(INSIDE, OTHER_VIP)
    assert outside(topology, one, node=node) == (one if is_the_routers else None)


def test_the_vip_counts_before_the_segment_and_then_the_order_of_the_file() -> None:
    here, by_vip, both = vrrp(OUTSIDE, OTHER_VIP), vrrp(INSIDE, VIP), vrrp(OUTSIDE, VIP)
    assert outside(lab(), here, by_vip) == by_vip
    assert outside(lab(), by_vip, both) == both
    first, second = (vrrp(OUTSIDE, VIP, name=name) for name in ("first", "second"))
    assert outside(lab(), here, first, second) == first
    assert outside(lab(), second, first) == second


def test_a_node_without_an_instance() -> None:
    router = lab().virtual_routers["external"]
    with pytest.raises(UsageError, match=f"keepalived.conf of {LB1} has no vrrp_instance with virtual_router_id 51"):
        instance_of(lab(), router, LB1, [])


@pytest.mark.parametrize(
    "node, device, port",
    [(LB1, INSIDE, f"{LB1}.internal"), (LB1, "eth9", f"{LB1}.external"), ("lb-ext-9", INSIDE, "lb-ext-9.external")],
)
def test_the_port_of_the_adverts(node: str, device: str, port: str) -> None:
    """Of a device or a node that the lab has not, it is the one on the router's segment."""
    assert heartbeat_of(lab(), lab().virtual_routers["external"], node, vrrp(device, VIP)) == port


@pytest.mark.parametrize(
    "heartbeat, sent, watched",
    [("", "external", ["internal"]), ("internal", "internal", ["external"])],
)
def test_what_a_template_needs_of_the_lab(heartbeat: str, sent: str, watched: list[str]) -> None:
    """Two VIPs outside, one inside: ports whose loss is the instance's, once each, the heartbeat's left out."""
    topology = several_vips().topology
    (one,) = instances_of(topology, topology.node(LB2), (150, 100), heartbeat)
    assert (one.priority, one.heartbeat.segment, [peer.name for peer in one.peers]) == (100, sent, [f"{LB1}.{sent}"])
    assert [port.name for port in one.watched] == [f"{LB2}.{segment}" for segment in watched]
    assert [held.address for held in one.vips] == ["10.77.0.100/24", "10.77.0.101/24"]
    assert [(held.address, held.port.segment) for held in one.excluded] == [(f"{INSIDE_VIP}/24", "internal")]


def test_a_node_has_an_instance_of_its_own_routers_only() -> None:
    topology = lab(inside=(LB2, LB3))
    of = {name: [one.router.name for one in instances_of(topology, topology.node(name), (1, 2))] for name in (LB1, LB2)}
    assert of == {LB1: ["external"], LB2: ["external", "inside"]}
