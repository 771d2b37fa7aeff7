"""The lab's wiring, parsed from ``x-lab`` in compose.yaml: the only source of nodes, ports, trunks, virtual routers.

Shapes in compose.yaml::

    services.NODE.x-lab:
      kind: balancer | gateway | customer | api | database | report | servers
      ports: [{segment: external, switch: sw-a, mac: "02:…", ip: 10.77.0.1/24, device: bond0.10}]   # else lan0, lan1, …
      routes: [{to: 10.88.1.0/24, via: 10.77.0.11}]
      sticky_arp: true            # 4 h ARP cache, as on the devices of June 13
      forwards: true              # an IP router; every other node has ip_forward=0
    x-lab:
      segments: {external: 10.77.0.0/24}
      switches: {sw-a: external}
      trunks: {trunk: [sw-a, sw-b]}
      rings: {ring: {trunks: [trunk, trunk-bc, trunk-ca], alternate: trunk-ca.b, age_ms: 5000}}   # optional
      storm_limit: 1000               # optional: broadcast and multicast frames/s above which a port is shut
      virtual_routers:
        external:
          segment: external           # of the adverts
          vrid: 51
          vips:                       # adverts name the first one first
            - 10.77.0.100/24
            - {address: 10.78.0.100/24, segment: internal, excluded: true}
          nodes: [lb-ext-1, lb-ext-2] # two or more; priorities decide which is preferred
          sync_group: both            # optional
      vantages:
        customer-1:
          virtual_router: external
          vip: 10.77.0.100            # without it the first
          cache: gw-1
          asks: https://www.example.com:8443/ready   # optional: without it GET /event/7 by HTTP at port 80
          expects: 401                # optional: the status of a right answer, 200 without it
      groups: {sides: [external, internal]}   # routers whose VIPs belong on one side: on nodes of the same place
      glbp:                         # gateways that share an address for the hosts of a segment
        shared:
          segment: shared
          number: 1                 # of the group, in its virtual MAC addresses
          ip: 10.88.3.254           # what hosts have as their gateway
          balancing: round-robin    # or weighted, host-dependent
          gateways: {gw-1: {priority: 150, preempt: true}, gw-2: {}}  # also weight; priority and weight are 100
          hello: 3s                 # and hold, redirect, timeout, forwarder_preempt, as Cisco's defaults
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple, Self, TypeVar

import msgspec

from harness.model import declared, declared_glbp
from harness.model.endpoint import Endpoint, endpoint
from harness.model.errors import BadValue, UnknownName, UsageError
from harness.model.glbp import GlbpGroup
from harness.model.lab_shapes import ComposeShape, LabShape, VantageShape
from harness.model.node import Node, Port, node_of
from harness.model.ring import Ring
from harness.model.virtual_router import RouterVip, VirtualRouter

_T = TypeVar("_T")


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


class VantagePoint(msgspec.Struct, frozen=True):
    """A node that sends requests to a VIP; `cache` is the device whose ARP entry decides which node gets them."""

    node: str
    virtual_router: str
    vip: str  # its address
    cache: str
    asks: Endpoint | None = None  # None, as in older recordings: the lab's own API, by HTTP at port 80


class Cache(NamedTuple):
    """A device's ARP entry for one VIP. `asked`: a vantage point's requests need it; else it may never be filled."""

    device: str
    vip: RouterVip
    asked: bool


class Topology(msgspec.Struct, frozen=True):
    segments: dict[str, str]  # name → CIDR
    switches: dict[str, str]  # name → segment
    trunks: dict[str, Trunk]
    nodes: dict[str, Node]
    virtual_routers: dict[str, VirtualRouter]
    vantages: dict[str, VantagePoint]
    groups: dict[str, tuple[str, ...]] = {}  # name → virtual routers whose VIPs belong on one side
    glbp: dict[str, GlbpGroup] = {}
    rings: dict[str, Ring] = {}
    storm_limit: int = 0  # broadcast and multicast frames/s above which a port is shut; 0: no port is

    @classmethod
    def from_compose(cls, compose: dict[str, object]) -> Self:
        """From the parsed compose.yaml. Raises `UsageError` naming the place that does not fit the shapes above."""
        try:
            document = msgspec.convert(compose, ComposeShape)
        except msgspec.ValidationError as error:
            raise UsageError(f"compose.yaml: x-lab does not fit: {error}") from error
        lab, services = document.lab, document.services
        routers = declared.virtual_routers(lab, services)
        return cls(
            segments=lab.segments,
            switches=lab.switches,
            trunks={name: Trunk(name, *ends) for name, ends in lab.trunks.items()},
            nodes={name: node_of(name, service.lab) for name, service in services.items() if service.lab},
            virtual_routers=routers,
            vantages={node: _vantage(node, lab, routers) for node in lab.vantages},
            groups=declared.groups(lab),
            glbp=declared_glbp.groups(lab),
            rings={name: Ring(name, ring.trunks, ring.alternate, ring.age_ms) for name, ring in lab.rings.items()},
            storm_limit=lab.storm_limit,
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
    def ring_ports(self) -> dict[str, Ring]:
        """Each end of a trunk that is in a ring."""
        ends = ((self.trunks[trunk], ring) for ring in self.rings.values() for trunk in ring.trunks)
        return {end: ring for trunk, ring in ends for end in (trunk.end_a, trunk.end_b)}

    def switch_of(self, port: str) -> str:
        """Of NODE.SEGMENT, TRUNK.a or TRUNK.b. Raises `UnknownName`."""
        trunk = self.trunks.get(port.rpartition(".")[0])
        if trunk and port in (trunk.end_a, trunk.end_b):
            return trunk.a if port == trunk.end_a else trunk.b
        return _get("port", self.ports, port).switch

    def ports_on(self, switch: str) -> list[str]:
        """Every port of a switch: cables, then ends of trunks."""
        return [port for port in self.taps.values() if self.switch_of(port) == switch]

    @property
    def vips(self) -> tuple[RouterVip, ...]:
        """Every VIP of every virtual router."""
        return tuple(vip for router in self.virtual_routers.values() for vip in router.owned)

    @property
    def caches(self) -> dict[str, Cache]:
        """Each ARP entry that is watched: of the vantage points' devices, for every VIP of the segments they ask in.

        Of a vantage point behind GLBP also each gateway of the group, since any of them may come to serve it.
        The key is the device's name for the VIP that its (first) vantage point asks for, else ``gw-1 10.77.0.101``.
        """
        asked = {(vantage.cache, self.vip_of(vantage)): None for vantage in self.vantages.values()}
        watched = asked | {(gateway, vip): None for name in self.vantages for gateway, vip in self._ways_in(name)}
        beside = {(at, other): None for at, vip in watched for other in self.vips if other.segment == vip.segment}
        found: dict[str, Cache] = {}
        for device, vip in watched | beside:
            key = f"{device} {vip.address}" if device in found else device
            found[key] = Cache(device, vip, (device, vip) in asked)
        return found

    def cache_of(self, vantage: str) -> str:
        """The name, in `caches`, of the entry that decides which node gets the requests of a vantage point."""
        asking = self.vantages[vantage]
        wanted = (asking.cache, self.vip_of(asking))
        return next(name for name, cache in self.caches.items() if (cache.device, cache.vip) == wanted)

    def way_out(self, node: str) -> GlbpGroup | None:
        """The GLBP group whose address is a gateway in the node's routes."""
        vias = {route.via for route in self.nodes[node].routes}
        return next((group for group in self.glbp.values() if group.ip in vias), None)

    def _ways_in(self, vantage: str) -> Iterator[tuple[str, RouterVip]]:
        """The gateways of its GLBP group that are on the segment of the VIP that it asks for, with that VIP."""
        vip, group = self.vip_of(self.vantages[vantage]), self.way_out(vantage)
        for gateway in group.gateways if group else ():
            if f"{gateway}.{vip.segment}" in self.ports:
                yield gateway, vip

    def vip_of(self, vantage: VantagePoint) -> RouterVip:
        return self.virtual_router(vantage.virtual_router).vip(vantage.vip)

    def asking(self, vip: RouterVip) -> list[str]:
        """The vantage points that ask for this VIP."""
        return [name for name, vantage in self.vantages.items() if self.vip_of(vantage) == vip]

    def asking_any(self, router: VirtualRouter) -> list[str]:
        """The vantage points that ask for a VIP of this router."""
        return [name for name, vantage in self.vantages.items() if vantage.virtual_router == router.name]

    def segment_of(self, port: str) -> str:
        """Of NODE.SEGMENT, TRUNK.a or TRUNK.b."""
        place, _, end = port.rpartition(".")
        return self.switches[self.trunks[place].a] if place in self.trunks else end

    def node(self, name: str) -> Node:
        return _get("node", self.nodes, name)

    def virtual_router(self, name: str | None = None) -> VirtualRouter:
        """Without a name: the one that customers ask (the first vantage point), else the first of all.

        Raises `UnknownName`, also where there is none.
        """
        asked = (vantage.virtual_router for vantage in self.vantages.values())
        return _get("virtual router", self.virtual_routers, name or next(chain(asked, self.virtual_routers), ""))

    def senders(self, ports: Iterable[str], vrid: int) -> list[Port]:
        """These ports, by which nodes may send adverts of this VRID.

        Raises `UnknownName` for one that is not there, `BadValue` for one of a node without such a router.
        """
        chosen = [_get("port", self.ports, name) for name in ports]
        able = {node for router in self.virtual_routers.values() if router.vrid == vrid for node in router.nodes}
        for port in chosen:
            if port.node not in able:
                raise BadValue("alignment", f"{port.name}, vrid {vrid}", "a port of a node of a router with that VRID")
        return chosen

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


def _vantage(node: str, lab: LabShape, routers: dict[str, VirtualRouter]) -> VantagePoint:
    """Raises `UnknownName` for a router or a VIP that is not there, `BadValue` for what it cannot ask."""
    shape = lab.vantages[node]
    router = _get("virtual router", routers, shape.virtual_router)
    vip = router.vip(shape.vip) if shape.vip else router.first
    return VantagePoint(node, router.name, vip.address, shape.cache, _asked(node, shape))


def _asked(node: str, shape: VantageShape) -> Endpoint | None:
    if shape.asks is not None:
        return endpoint(shape.asks, shape.expects, f"the vantage point {node}")
    if shape.expects is not None:
        raise BadValue(f"expects of the vantage point {node}", shape.expects, "no value without asks")
    return None
