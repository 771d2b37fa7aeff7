"""Where each instance is, and where its VIPs are: what the topology says once and for all."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from typing import NamedTuple

from harness.model.instance_of import heartbeat_of, instance_of
from harness.model.topology import Topology
from harness.simulation.actions import Where
from harness.simulation.role import Role
from harness.simulation.settings import Settings


class Held(NamedTuple):
    """A VIP on its port. `mac`: which owns it there."""

    address: str
    port: str
    mac: str


class Places:
    """`made`: where each instance is, and its settings, in the order of their numbers. `ports`: of the topology."""

    def __init__(self, topology: Topology, settings: Mapping[str, tuple[Settings, ...]]) -> None:
        self._routers = topology.virtual_routers
        self.ports = topology.ports
        self.made = tuple(self._each(topology, settings))
        self._held = {
            (where.node, where.router): tuple(self._holds(topology, where, each)) for where, each in self.made
        }

    def held(self, one: Role) -> tuple[Held, ...]:
        """The VIPs of its router, as it holds them while it is master."""
        return self._held[one.node, one.router]

    def own(self, one: Role) -> set[str]:
        """The ports of its adverts and its VIPs."""
        return {one.port, *(vip.port for vip in self.held(one))}

    def needs(self, one: Role) -> set[str]:
        """The ports whose carrier it cannot be without: vrrp_complete_instance() in vrrp.c.

        With ``dont_track_primary`` not the card of its adverts, VIPs on it included; no card for one with ``no_track``.
        """
        vips = {vip.port for vip in self.held(one) if vip.address not in one.set.untracked}
        return vips | {one.port} if one.set.tracks_card else vips - {one.port}

    def sender_mac(self, one: Role) -> str:
        """Of its adverts. With ``vmac_xmit_base`` a switch learns a virtual MAC from gratuitous ARP alone (#1743)."""
        own = not one.vrrp.use_vmac or one.set.xmit_base
        return self.ports[one.port].mac if own else self._routers[one.router].vmac

    def _holds(self, topology: Topology, where: Where, settings: Settings) -> Iterator[Held]:
        router = self._routers[where.router]
        for vip in router.owned:
            port = topology.node(where.node).port(vip.segment)
            virtual = settings.vrrp.use_vmac and port.name == where.port  # not of a VIP that another card is named for
            yield Held(vip.address, port.name, router.vmac if virtual else port.mac)

    def _each(
        self, topology: Topology, settings: Mapping[str, tuple[Settings, ...]]
    ) -> Iterator[tuple[Where, Settings]]:
        """Raises `UsageError` if the keepalived.conf of a router's node has no instance of it."""
        for router in self._routers.values():
            for node in router.nodes:
                by_vrrp = {each.vrrp: each for each in settings.get(node, ())}
                vrrp = instance_of(topology, router, node, by_vrrp)
                port = heartbeat_of(topology, router, node, vrrp)
                ip = int(IPv4Address(self.ports[port].address))
                yield Where(node, router.name, port, ip), by_vrrp[vrrp]
