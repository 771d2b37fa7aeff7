"""Where each instance is, and where its VIPs are: what the topology says once and for all."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address

from harness.model.instance_of import heartbeat_of, instance_of
from harness.model.topology import Topology
from harness.model.virtual_router import RouterVip
from harness.simulation.actions import Where
from harness.simulation.role import Role
from harness.simulation.settings import Settings


class Places:
    """`made`: where each instance is, and its settings, in the order of their numbers. `ports`: of the topology."""

    def __init__(self, topology: Topology, settings: Mapping[str, tuple[Settings, ...]]) -> None:
        self._routers = topology.virtual_routers
        self.ports = topology.ports
        self.made = tuple(self._each(topology, settings))
        self._vips = {where.router: self._routers[where.router].owned for where, _ in self.made}
        self._vip_ports = {
            (where.node, vip.address): topology.node(where.node).port(vip.segment).name
            for where, _ in self.made
            for vip in self._vips[where.router]
        }

    def vips(self, one: Role) -> tuple[RouterVip, ...]:
        return self._vips[one.router]

    def vip_port(self, one: Role, vip: RouterVip) -> str:
        return self._vip_ports[one.node, vip.address]

    def own(self, one: Role) -> set[str]:
        """The ports of its adverts and its VIPs."""
        return {one.port, *(self.vip_port(one, vip) for vip in self.vips(one))}

    def mac(self, one: Role, vip: RouterVip) -> str:
        """Which has the VIP while this instance is its owner."""
        return self._vmac(one) or self.ports[self.vip_port(one, vip)].mac

    def sender_mac(self, one: Role) -> str:
        """Of its adverts."""
        return self._vmac(one) or self.ports[one.port].mac

    def _vmac(self, one: Role) -> str:
        return self._routers[one.router].vmac if one.vrrp.use_vmac else ""

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
