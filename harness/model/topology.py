"""The lab's wiring, parsed from ``x-lab`` in compose.yaml: the only source of nodes, ports, trunks and pairs.

Shapes in compose.yaml::

    services.NODE.x-lab:
      kind: balancer | gateway | customer | api | database | report
      ports: [{segment: external, switch: sw-a, mac: "02:…", ip: 10.77.0.1/24}]
      routes: [{to: 10.88.1.0/24, via: 10.77.0.11}]
      sticky_arp: true            # 4 h ARP cache, as on the devices of June 13
      forwards: true              # an IP router; everyone else has ip_forward=0
    x-lab:
      segments: {external: 10.77.0.0/24}
      switches: {sw-a: external}
      trunks: {trunk: [sw-a, sw-b]}
      pairs: {external: {segment: external, vip: 10.77.0.100, vrid: 51, nodes: [lb-ext-1, lb-ext-2]}}
      vantages: {customer-1: {pair: external, cache: gw-1}}
      groups: {sides: [external, internal]}   # pairs whose VIPs belong on one side: on both first nodes, or both second
"""

from typing import Self, TypeVar

import msgspec

from harness.model.errors import UnknownName, UsageError

_T = TypeVar("_T")


class Port(msgspec.Struct, frozen=True):
    """One cable: a node's interface and the switch port that it ends in."""

    node: str
    index: int
    segment: str
    switch: str
    mac: str
    ip: str  # with prefix length: 10.77.0.1/24

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
        """Kernel name of the node's end."""
        return f"lan{self.index}"

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

    def port(self, segment: str) -> Port:
        """The node's port on `segment`. Raises `UnknownName`."""
        for port in self.ports:
            if port.segment == segment:
                return port
        raise UnknownName(f"port of {self.name}", segment, [p.segment for p in self.ports])


class Trunk(msgspec.Struct, frozen=True):
    """A cable between two switches. Its ends are ports too: ``trunk.a`` (on switch a) and ``trunk.b``."""

    name: str
    a: str
    b: str

    @property
    def end_a(self) -> str:
        return f"{self.name}.a"

    @property
    def end_b(self) -> str:
        return f"{self.name}.b"


class Pair(msgspec.Struct, frozen=True):
    """Two nodes that share a VIP by VRRP; the first is the preferred master."""

    name: str
    segment: str
    vip: str
    vrid: int
    nodes: tuple[str, str]

    @property
    def vmac(self) -> str:
        """The VIP's own MAC address where one is used (RFC 5798 section 7.3)."""
        return f"00:00:5e:00:01:{self.vrid:02x}"

    def peer(self, node: str) -> str:
        return self.nodes[1] if node == self.nodes[0] else self.nodes[0]


class VantagePoint(msgspec.Struct, frozen=True):
    """A node that sends requests to a pair's VIP; `cache` is the device whose ARP entry decides who gets them."""

    node: str
    pair: str
    cache: str


class Topology(msgspec.Struct, frozen=True):
    segments: dict[str, str]  # name → CIDR
    switches: dict[str, str]  # name → segment
    trunks: dict[str, Trunk]
    nodes: dict[str, Node]
    pairs: dict[str, Pair]
    vantages: dict[str, VantagePoint]
    groups: dict[str, tuple[str, ...]] = {}  # name → pairs that move together

    @classmethod
    def from_compose(cls, compose: dict[str, object]) -> Self:
        """From the parsed compose.yaml. Raises `UsageError` naming the place that does not fit the shapes above."""
        try:
            document = msgspec.convert(compose, _Compose)
        except msgspec.ValidationError as error:
            raise UsageError(f"compose.yaml: x-lab does not fit: {error}") from error
        lab = document.lab
        return cls(
            segments=lab.segments,
            switches=lab.switches,
            trunks={name: Trunk(name, *ends) for name, ends in lab.trunks.items()},
            nodes={name: _node(name, service.lab) for name, service in document.services.items() if service.lab},
            pairs={name: Pair(name, **msgspec.structs.asdict(pair)) for name, pair in lab.pairs.items()},
            vantages={node: VantagePoint(node, v.pair, v.cache) for node, v in lab.vantages.items()},
            groups={name: _known(lab.pairs, pairs) for name, pairs in lab.groups.items()},
        )

    @property
    def ports(self) -> dict[str, Port]:
        """Every cable by its name NODE.SEGMENT (trunk ends are not cables of a node)."""
        return {port.name: port for node in self.nodes.values() for port in node.ports}

    @property
    def taps(self) -> dict[str, str]:
        """Switch-side kernel device → the name that events use: NODE.SEGMENT, or TRUNK.a / TRUNK.b as it is."""
        ends = [end for trunk in self.trunks.values() for end in (trunk.end_a, trunk.end_b)]
        return {port.tap: port.name for port in self.ports.values()} | {end: end for end in ends}

    @property
    def caches(self) -> dict[str, str]:
        """Cache device → its pair, each once, in the order of the vantage points."""
        return {vantage.cache: vantage.pair for vantage in self.vantages.values()}

    def node(self, name: str) -> Node:
        return _get("node", self.nodes, name)

    def pair(self, name: str) -> Pair:
        return _get("pair", self.pairs, name)

    def numbers(self, kind: str) -> dict[str, int]:
        """Nodes of a kind → the numbers that request records carry: from 1, in order of appearance."""
        return {node.name: n for n, node in enumerate((x for x in self.nodes.values() if x.kind == kind), 1)}

    @property
    def vantage_numbers(self) -> dict[str, int]:
        """Vantage point → the number that its request records carry."""
        return {name: n for n, name in enumerate(self.vantages, 1)}

    def owner_of_mac(self, mac: str) -> str | None:
        """The node with this burnt-in MAC; None for a virtual or foreign one."""
        return next((port.node for port in self.ports.values() if port.mac == mac), None)

    def targets(self) -> list[str]:
        """All that a fault may name: nodes, NODE.SEGMENT, trunks, switches."""
        return [*self.nodes, *self.ports, *self.trunks, *self.switches]


def _get(kind: str, table: dict[str, _T], name: str) -> _T:
    if name not in table:
        raise UnknownName(kind, name, table)
    return table[name]


def _known(pairs: dict[str, "_PairShape"], names: tuple[str, ...]) -> tuple[str, ...]:
    """`names`. Raises `UnknownName` for one that is no pair's."""
    for name in names:
        _get("pair", pairs, name)
    return names


class _PortShape(msgspec.Struct):
    segment: str
    switch: str
    mac: str
    ip: str


class _NodeShape(msgspec.Struct):
    kind: str
    ports: list[_PortShape] = []
    routes: list[Route] = []
    sticky_arp: bool = False
    forwards: bool = False


class _PairShape(msgspec.Struct):
    segment: str
    vip: str
    vrid: int
    nodes: tuple[str, str]


class _VantageShape(msgspec.Struct):
    pair: str
    cache: str


class _LabShape(msgspec.Struct):
    segments: dict[str, str]
    switches: dict[str, str]
    trunks: dict[str, tuple[str, str]]
    pairs: dict[str, _PairShape]
    vantages: dict[str, _VantageShape]
    groups: dict[str, tuple[str, ...]] = {}


class _Service(msgspec.Struct):
    lab: _NodeShape | None = msgspec.field(name="x-lab", default=None)


class _Compose(msgspec.Struct):
    services: dict[str, _Service]
    lab: _LabShape = msgspec.field(name="x-lab")


def _node(name: str, shape: _NodeShape) -> Node:
    ports = tuple(Port(name, i, p.segment, p.switch, p.mac, p.ip) for i, p in enumerate(shape.ports))
    return Node(name, shape.kind, ports, tuple(shape.routes), shape.sticky_arp, shape.forwards)
