"""A virtual router as one of its nodes runs it: what a template of keepalived.conf needs of the lab. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from harness.model.errors import BadValue
from harness.model.node import Node, Port
from harness.model.topology import Topology
from harness.model.virtual_router import Vip, VirtualRouter


class VipOnPort(NamedTuple):
    """A VIP and the port that it is set on."""

    vip: Vip
    port: Port

    @property
    def address(self) -> str:
        """With its prefix length."""
        return f"{self.vip.address}/{self.vip.prefix}"


class Instance(NamedTuple):
    """`port`: on the router's own segment. `heartbeat`: the port that the adverts take; `peers`: the others' there.

    `vips`: what adverts name; `excluded`: what moves with them.
    """

    router: VirtualRouter
    port: Port
    heartbeat: Port
    peers: tuple[Port, ...]
    priority: int
    vips: tuple[VipOnPort, ...]
    excluded: tuple[VipOnPort, ...]

    @property
    def watched(self) -> tuple[Port, ...]:
        """The ports that the instance must track beside the heartbeat's: those that its VIPs are on."""
        ports = (self.port, *(held.port for held in (*self.vips, *self.excluded)))
        return tuple(dict.fromkeys(port for port in ports if port != self.heartbeat))


def routers_of(topology: Topology, node: str) -> list[VirtualRouter]:
    """The virtual routers that a node belongs to."""
    return [router for router in topology.virtual_routers.values() if node in router.nodes]


def instances_of(topology: Topology, node: Node, priorities: Sequence[int], heartbeat: str = "") -> list[Instance]:
    """`priorities`: of each router's nodes, in their order. `heartbeat`: the segment that adverts take, if another.

    Raises `BadValue` for fewer priorities than nodes, `UnknownName` for a port that a node lacks.
    """
    routers = routers_of(topology, node.name)
    return [_instance(topology, node, router, priorities, heartbeat or router.segment) for router in routers]


def _instance(
    topology: Topology, node: Node, router: VirtualRouter, priorities: Sequence[int], heartbeat: str
) -> Instance:
    if len(priorities) < len(router.nodes):
        raise BadValue("priorities of [vrrp]", list(priorities), f"one for each of {', '.join(router.nodes)}")
    held = [VipOnPort(vip, node.port(vip.segment)) for vip in router.vips]
    return Instance(
        router=router,
        port=node.port(router.segment),
        heartbeat=node.port(heartbeat),
        peers=tuple(topology.node(other).port(heartbeat) for other in router.others(node.name)),
        priority=priorities[router.nodes.index(node.name)],
        vips=tuple(each for each in held if not each.vip.excluded),
        excluded=tuple(each for each in held if each.vip.excluded),
    )
