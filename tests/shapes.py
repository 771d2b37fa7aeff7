"""Labs of other shapes than a pair with one VIP, as data: a topology, and what default's keepalived.conf becomes there.

Both segments have two switches and a trunk. customer-4 is on the inside, and its own cache.
"""

from functools import cache
from typing import Any, Final, NamedTuple

from harness.model.configuration import Configuration
from harness.model.keepalived_messages import PATH
from harness.model.topology import Topology

LB1, LB2, LB3 = "lb-ext-1", "lb-ext-2", "lb-ext-3"
VIP, SECOND_VIP, INSIDE_VIP = "10.77.0.100", "10.77.0.101", "10.78.0.100"
ADVERT_INT: Final = 0.1

_NODES: Final = {
    LB1: ("balancer", "a", 1, True), LB2: ("balancer", "b", 2, True), LB3: ("balancer", "b", 3, True),
    "gw-1": ("gateway", "a", 11, False), "gw-2": ("gateway", "b", 12, False),
    "customer-3": ("customer", "b", 21, False),
}  # fmt: skip
"""Node → kind, side, host part of its addresses, whether it has a port inside too."""


class Shape(NamedTuple):
    name: str
    topology: Topology
    files: dict[str, str]  # node → keepalived.conf

    def __str__(self) -> str:
        return self.name


def _port(segment: str, side: str, host: int) -> dict[str, str]:
    switch, net = (f"sw-{side}", 77) if segment == "external" else (f"sw-int-{side}", 78)
    return {"segment": segment, "switch": switch, "mac": f"02:{net}:00:00:00:{host:02x}", "ip": f"10.{net}.0.{host}/24"}


def _node(kind: str, side: str, host: int, inside: bool) -> dict[str, Any]:  # noqa: FBT001 - a row of the table
    segments = ("external", "internal") if inside else ("external",)
    return {"x-lab": {"kind": kind, "ports": [_port(segment, side, host) for segment in segments]}}


def _shape(name: str, routers: dict[str, Any], vips: dict[str, str], *, priorities: tuple[int, ...]) -> Shape:
    """`vips`: vantage point → ROUTER or ``ROUTER VIP``."""
    nodes = {node: _node(*row) for node, row in _NODES.items()}
    customers = {f"customer-{n}": {"x-lab": {"kind": "customer"}} for n in (1, 2)}  # what is before a gateway
    inside = {"customer-4": {"x-lab": {"kind": "customer", "ports": [_port("internal", "b", 24)]}}}
    caches = {"customer-1": "gw-1", "customer-2": "gw-2", "customer-3": "customer-3", "customer-4": "customer-4"}
    asked = {
        vantage: dict(zip(("virtual_router", "vip"), what.split(), strict=False)) for vantage, what in vips.items()
    }
    topology = Topology.from_compose(
        {
            "services": nodes | customers | inside,
            "x-lab": {
                "segments": {"external": "10.77.0.0/24", "internal": "10.78.0.0/24"},
                "switches": {"sw-a": "external", "sw-b": "external", "sw-int-a": "internal", "sw-int-b": "internal"},
                "trunks": {"trunk": ["sw-a", "sw-b"], "trunk-int": ["sw-int-a", "sw-int-b"]},
                "virtual_routers": routers,
                "vantages": {vantage: {"cache": caches[vantage]} | what for vantage, what in asked.items()},
            },
        }
    )  # fmt: skip
    configuration = Configuration.load("default").with_vrrp(name, advert_int=ADVERT_INT, priorities=priorities)
    used = {node for router in routers.values() for node in router["nodes"]}
    return Shape(name, topology, {node: configuration.render(topology, node)[PATH] for node in sorted(used)})


OUTSIDE: Final = {"segment": "external", "vrid": 51, "vips": [VIP]}
INSIDE: Final = {"segment": "internal", "vips": [INSIDE_VIP]}
THREE_ASK: Final = dict.fromkeys(("customer-1", "customer-2", "customer-3"), "external")


@cache
def three_nodes() -> Shape:
    """150, 100, 50."""
    return _shape("three", {"external": OUTSIDE | {"nodes": [LB1, LB2, LB3]}}, THREE_ASK, priorities=(150, 100, 50))


@cache
def crossed() -> Shape:
    """Active/active: VRID 51 on two segments, lb-ext-1 is preferred outside, lb-ext-2 inside."""
    routers = {"external": OUTSIDE | {"nodes": [LB1, LB2]}, "inside": INSIDE | {"vrid": 51, "nodes": [LB2, LB1]}}
    return _shape("crossed", routers, THREE_ASK | {"customer-4": "inside"}, priorities=(150, 100))


@cache
def synced() -> Shape:
    """A vrrp_sync_group over two segments: what moves outside moves inside."""
    both = {"nodes": [LB1, LB2], "sync_group": "both"}
    routers = {"external": OUTSIDE | both, "inside": INSIDE | both | {"vrid": 52}}
    return _shape("synced", routers, THREE_ASK | {"customer-4": "inside"}, priorities=(150, 100))


@cache
def several_vips() -> Shape:
    """Two VIPs outside, and one inside that adverts do not name. customer-3 asks for the second, customer-4 inside."""
    vips = [VIP, SECOND_VIP, {"address": INSIDE_VIP, "segment": "internal", "excluded": True}]
    asked = {"customer-1": "external", "customer-2": "external", "customer-3": f"external {SECOND_VIP}"}
    asked["customer-4"] = f"external {INSIDE_VIP}"
    return _shape("vips", {"external": OUTSIDE | {"vips": vips, "nodes": [LB1, LB2]}}, asked, priorities=(150, 100))


@cache
def second_preferred() -> Shape:
    """100 before 150: the node that is listed second."""
    return _shape("second", {"external": OUTSIDE | {"nodes": [LB1, LB2]}}, THREE_ASK, priorities=(100, 150))
