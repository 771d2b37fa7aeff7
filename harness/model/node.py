"""A node of the lab, and its cables."""

import msgspec

from harness.model.errors import UnknownName
from harness.model.lab_shapes import NodeShape


class Port(msgspec.Struct, frozen=True):
    """One cable: a node's interface and the switch port that it ends in."""

    node: str
    index: int
    segment: str
    switch: str
    mac: str
    ip: str  # with prefix length: 10.77.0.1/24
    named: str = msgspec.field(name="device", default="")

    @property
    def name(self) -> str:
        """What people and faults call it: ``lb-ext-1.external``."""
        return f"{self.node}.{self.segment}"

    @property
    def tap(self) -> str:
        """Kernel name of the switch's end, in the network agent's namespace (15 characters at most)."""
        return f"{self.node}.{self.index}"

    @property
    def device(self) -> str:
        """Kernel name of the node's end: as the topology names it, or lan0, lan1, … in order."""
        return self.named or f"lan{self.index}"

    @property
    def address(self) -> str:
        return self.ip.split("/")[0]


class Route(msgspec.Struct, frozen=True):
    to: str
    via: str


class Node(msgspec.Struct, frozen=True):
    name: str
    kind: str
    ports: tuple[Port, ...]
    routes: tuple[Route, ...] = ()
    sticky_arp: bool = False
    forwards: bool = False

    @property
    def devices(self) -> tuple[str, ...]:
        """Kernel names of its ends of the cables."""
        return tuple(port.device for port in self.ports)

    @property
    def managed(self) -> bool:
        """Has it a network of Docker's too? Its devices are eth0, eth1, …: no cable can have such a name then."""
        return self.kind not in ("balancer", "servers")

    def port(self, segment: str) -> Port:
        """The node's port on `segment`. Raises `UnknownName`."""
        for port in self.ports:
            if port.segment == segment:
                return port
        raise UnknownName(f"port of {self.name}", segment, [p.segment for p in self.ports])


def node_of(name: str, shape: NodeShape) -> Node:
    ports = tuple(Port(name, i, p.segment, p.switch, p.mac, p.ip, p.device) for i, p in enumerate(shape.ports))
    routes = tuple(Route(route.to, route.via) for route in shape.routes)
    return Node(name, shape.kind, ports, routes, shape.sticky_arp, shape.forwards)
