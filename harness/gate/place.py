"""A site's pair as a lab: its nodes with their own cards and addresses, our switches, customers and stand-in servers.

Pure. Nothing of the site's is changed: what is ours takes free addresses, and has names that the site does not use.
"""

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Interface
from itertools import count
from typing import Final, NamedTuple

from harness.gate.network import FreeAddresses, Segment, segments
from harness.gate.routers import named_routers
from harness.lint import Pair, Router
from harness.model import rules
from harness.model.endpoint import endpoint
from harness.model.errors import UsageError
from harness.model.node import Node, Port, Route
from harness.model.topology import Topology, Trunk, VantagePoint
from harness.model.virtual_router import Vip, VirtualRouter

SERVERS: Final = "servers"
_EVERYWHERE: Final = "0.0.0.0/0"
"""The servers' node has every address that HAProxy connects to: to the balancers it is the rest of the world."""
_LONGEST: Final = 13  # characters of a node's name: NODE.0 is a device of the kernel
_NO_CARD: Final = "its vrrp_instance is on no card of pair.toml"
_PLAIN: Final = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")


class Asked(NamedTuple):
    """A VIP that customers ask, and how."""

    vip: str
    asks: str


class Place(NamedTuple):
    """`names`: node of the site → node of the lab. `asked`: what customers ask in the lab, one at least.

    `unjudged`: VIPs that cannot be, and why.
    """

    topology: Topology
    names: dict[str, str]
    asked: tuple[Asked, ...]
    unjudged: dict[str, str]


class Spot(NamedTuple):
    """Which card of which node; `device` "": the lab's own name."""

    node: str
    number: int
    device: str = ""


def place(pair: Pair, asked: tuple[Asked, ...], servers: tuple[str, ...]) -> Place:
    """`servers`: every address that HAProxy connects to. Raises `UsageError` for a site that no lab can take over."""
    made = _Making(pair, segments(pair.site), servers)
    routers = {router.name: router for router in made.routers()}
    judged = _judged(asked, routers, made.unjudged)
    topology = made.topology(judged, routers)
    if found := rules.problems(topology):
        raise UsageError("\n".join(["No lab can take over this site:", *(f"  {each}" for each in found)]))
    return Place(topology, made.names, judged, made.unjudged)


def _judged(
    asked: tuple[Asked, ...], routers: Mapping[str, VirtualRouter], unjudged: Mapping[str, str]
) -> tuple[Asked, ...]:
    """Of what customers ask, the VIPs that the lab has. Raises `UsageError` if it has none of them."""
    moved = {vip.address for router in routers.values() for vip in router.vips}
    if asked and not any(each.vip in moved for each in asked):
        why = unjudged.get(asked[0].vip, _NO_CARD)
        raise UsageError(f"{asked[0].vip} cannot be judged: {why}.")
    return tuple(each for each in asked if each.vip in moved)


class _Making:
    def __init__(self, pair: Pair, found: tuple[Segment, ...], servers: tuple[str, ...]) -> None:
        self._pair = pair
        self._segments = found
        vips = [address for router in pair.routers for member in router.members for address in member.addresses]
        cards = [str(card.address.ip) for segment in found for card in segment.cards]
        plain = [each for each in (*vips, *cards, *servers, *pair.site.hosts.values()) if ":" not in each]
        self._free = FreeAddresses(plain)
        self._macs = count(1)
        self.names = lab_names(list(pair.site.nodes))
        self.unjudged: dict[str, str] = {}

    def topology(self, asked: tuple[Asked, ...], routers: Mapping[str, VirtualRouter]) -> Topology:
        servers = self._server_node()
        gateway = {port.segment: port.address for port in servers.ports}
        balancers = [self._balancer(name, gateway) for name in self._pair.site.nodes]
        asking = [*asked, *asked[:1]]  # the first VIP from both halves of its network
        customers = [self._customer(number, each, routers, len(asked)) for number, each in enumerate(asking, 1)]
        return Topology(
            segments={segment.name: str(segment.network) for segment in self._segments},
            switches={switch: segment.name for segment in self._segments for switch in segment.switches},
            trunks={segment.trunk: Trunk(segment.trunk, *segment.switches) for segment in self._segments},
            nodes={node.name: node for node in (*balancers, servers, *(node for node, _ in customers))},
            virtual_routers=dict(routers),
            vantages={node.name: vantage for node, vantage in customers},
        )

    def _balancer(self, name: str, gateway: Mapping[str, str]) -> Node:
        side = list(self._pair.site.nodes).index(name) % 2
        own = [(segment, card) for segment in self._segments for card in segment.cards if card.node == name]
        ports = tuple(
            self._port(Spot(self.names[name], number, card.device), segment, side, card.address)
            for number, (segment, card) in enumerate(own)
        )
        return Node(self.names[name], "balancer", ports, (Route(_EVERYWHERE, gateway[own[0][0].name]),))

    def _server_node(self) -> Node:
        ports = tuple(
            self._port(Spot(SERVERS, number), segment, 1, self._free.take(segment.network))
            for number, segment in enumerate(self._segments)
        )
        return Node(SERVERS, SERVERS, ports)

    def _customer(
        self, number: int, asked: Asked, routers: Mapping[str, VirtualRouter], again: int
    ) -> tuple[Node, VantagePoint]:
        """Number `again` + 1 asks as the first one does, from the other half."""
        name, side = f"customer-{number}", 0 if number > again else number % 2
        router, vip = next(
            (router, vip) for router in routers.values() for vip in router.vips if vip.address == asked.vip
        )
        segment = next(each for each in self._segments if each.name == vip.segment)
        port = self._port(Spot(name, 0), segment, side, self._free.take(segment.network))
        return Node(name, "customer", (port,)), VantagePoint(name, router.name, vip.address, name, endpoint(asked.asks))

    def _port(self, spot: Spot, segment: Segment, side: int, address: IPv4Interface) -> Port:
        mac = f"02:80:00:00:00:{next(self._macs):02x}"
        switch = segment.switches[side]
        return Port(spot.node, spot.number, segment.name, switch, mac, str(address), spot.device)

    def routers(self) -> Iterator[VirtualRouter]:
        for name, router, _ in named_routers(self._pair):
            vips = tuple(self._vips(router))
            first = router.preferred
            adverts = self._segment_of(first.node.name, first.instance.base_interface)
            if not adverts:
                self.unjudged |= {vip.address: _NO_CARD for vip in vips}
            elif vips:
                nodes = tuple(self.names[member.node.name] for member in router.members)
                group = first.instance.sync_group.lower()
                yield VirtualRouter(name, adverts, first.instance.vrid, nodes, vips, group)

    def _vips(self, router: Router) -> Iterator[Vip]:
        """Those of the preferred node's instance: another list is a finding of lint."""
        member = router.preferred
        every = [(vip, False) for vip in member.instance.vips] + [(vip, True) for vip in member.instance.excluded]
        for vip, excluded in every:
            if ":" in vip.address:
                self.unjudged[vip.address] = "an IPv6 address: the lab has IPv4 alone"
                continue
            segment = next((each for each in self._segments if IPv4Address(vip.address) in each.network), None)
            if segment is None:
                self.unjudged[vip.address] = "in the network of no card of pair.toml"
                continue
            yield Vip(vip.address, vip.prefix, segment.name, excluded)

    def _segment_of(self, node: str, device: str) -> str:
        cards = [(segment.name, card) for segment in self._segments for card in segment.cards]
        return next((name for name, card in cards if (card.node, card.device) == (node, device)), "")


def lab_names(nodes: list[str]) -> dict[str, str]:
    """The site's own names where a lab can have them."""
    fits = {node: bool(_PLAIN.fullmatch(node)) and len(node) <= _LONGEST and node != SERVERS for node in nodes}
    return {node: node if fits[node] else f"node-{number}" for number, node in enumerate(nodes, 1)}
