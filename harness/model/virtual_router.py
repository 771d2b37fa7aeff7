"""A virtual router (RFC 9568): some nodes that share addresses by VRRP, under one VRID on one segment."""

from typing import NamedTuple

import msgspec

from harness.model.errors import UnknownName


class Vip(msgspec.Struct, frozen=True):
    """An address that moves with a virtual router.

    `segment`: where it is asked for, which may be another than that of the adverts. `excluded`: it moves and is
    announced, but adverts do not name it (virtual_ipaddress_excluded of keepalived.conf(5)).
    """

    address: str
    prefix: int
    segment: str
    excluded: bool = False


class VirtualRouter(msgspec.Struct, frozen=True):
    """`segment`: of its adverts. `nodes`: those that may be master; priorities, not their order, give the preferred.

    `vips`: the first is the one that adverts name first. `sync_group`: the routers of one move together.
    """

    name: str
    segment: str
    vrid: int
    nodes: tuple[str, ...]
    vips: tuple[Vip, ...]
    sync_group: str = ""

    @property
    def vmac(self) -> str:
        """Its virtual MAC address, where one is used (RFC 9568 section 7.3)."""
        return f"00:00:5e:00:01:{self.vrid:02x}"

    @property
    def owned(self) -> tuple["RouterVip", ...]:
        """Each VIP, together with its router."""
        return tuple(RouterVip(self, vip) for vip in self.vips)

    @property
    def first(self) -> "RouterVip":
        """What adverts name first."""
        return RouterVip(self, self.vips[0])

    def vip(self, address: str) -> "RouterVip":
        """Raises `UnknownName`."""
        for owned in self.owned:
            if owned.address == address:
                return owned
        raise UnknownName(f"VIP of {self.name}", address, [vip.address for vip in self.vips])

    def others(self, node: str) -> tuple[str, ...]:
        return tuple(other for other in self.nodes if other != node)


class RouterVip(NamedTuple):
    """One VIP and its virtual router: which nodes may own it, where it is announced and cached."""

    router: VirtualRouter
    vip: Vip

    @property
    def address(self) -> str:
        return self.vip.address

    @property
    def segment(self) -> str:
        return self.vip.segment

    @property
    def nodes(self) -> tuple[str, ...]:
        return self.router.nodes

    @property
    def alone(self) -> bool:
        """Is it the router's only VIP? Then the router's name is enough."""
        return len(self.router.vips) == 1

    @property
    def name(self) -> str:
        """``external``, or of several VIPs ``external 10.77.0.101``."""
        return self.router.name if self.alone else f"{self.router.name} {self.address}"
