"""What the kernel forgets of a card that leaves its namespace: settings, addresses, routes. Recorded, and set again.

net.ipv4.conf.DEVICE.* and net.ipv4.neigh.DEVICE.* by netlink: /proc/sys is read-only in a container.
"""

import socket
from collections.abc import Collection
from typing import Any, NamedTuple

from harness.agents.network.netlink import (
    Netlink,
    ipv4_settings,
    ipv4_settings_of,
    neighbour_settings_of,
    set_neighbour,
)

_KERNEL, _KEEPALIVED = 2, 18  # linux/rtnetlink.h: RTPROT_*; such routes come with an address
_UNICAST_TABLES = 253, 254  # default, main


class CardAddress(NamedTuple):
    ip: str
    prefix: int
    scope: int
    label: str


class CardState(NamedTuple):
    """`settings`, `neighbour`: number → value, as netlink has them. `routes`: pyroute2's arguments."""

    settings: dict[int, int]
    neighbour: dict[int, bytes]
    addresses: tuple[CardAddress, ...]
    routes: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, ip: Any, netlink: Netlink, index: int, vips: Collection[str]) -> "CardState":
        """`vips`: addresses that keepalived gives and takes; they are left to it. Raises `OSError`."""
        return cls(
            ipv4_settings_of(netlink, index),
            neighbour_settings_of(netlink, index),
            tuple(each for each in addresses(ip, index=index) if each.ip not in vips),
            tuple(
                _route(each)
                for each in ip.get_routes(family=socket.AF_INET, oif=index)
                if _is_made_by_hand(each) and each.get_attr("RTA_PREFSRC") not in vips
            ),
        )

    def lost_since(self, after: "CardState") -> "CardState":
        """The addresses and routes that `after` has not."""
        return self._replace(
            addresses=tuple(each for each in self.addresses if each not in after.addresses),
            routes=tuple(each for each in self.routes if each not in after.routes),
        )

    def restore_settings(self, netlink: Netlink, index: int) -> None:
        """Only those that differ: one that is set explicitly does not follow net.ipv4.conf.all any more."""
        now, neighbour = ipv4_settings_of(netlink, index), neighbour_settings_of(netlink, index)
        if other := {key: value for key, value in self.settings.items() if now.get(key) != value}:
            netlink.request(ipv4_settings(index, other))
        if others := {key: value for key, value in self.neighbour.items() if neighbour.get(key) != value}:
            netlink.request(set_neighbour(index, others))

    def restore_addresses(self, ip: Any, index: int, taken: Collection[str]) -> None:
        """With their routes. The card must be up: the kernel takes no route through one that is down.

        `taken`: what other nodes have by now. A VIP that the topology does not name may have moved.
        """
        for each in (each for each in self.addresses if each.ip not in taken):
            ip.addr(
                "replace", index=index, address=each.ip, prefixlen=each.prefix, scope=each.scope, label=each.label,
                broadcast=True,
            )  # fmt: skip
        for route in (each for each in self.routes if each.get("prefsrc") not in taken):
            ip.route("replace", oif=index, **route)


def addresses(ip: Any, **which: int) -> list[CardAddress]:
    """IPv4; `which`: as pyroute2 filters them."""
    return [
        CardAddress(each.get_attr("IFA_LOCAL"), each["prefixlen"], each["scope"], each.get_attr("IFA_LABEL"))
        for each in ip.get_addr(family=socket.AF_INET, **which)
    ]


def _is_made_by_hand(route: Any) -> bool:
    """By an operator or the wiring: neither local, nor of an address, nor of keepalived."""
    return route["table"] in _UNICAST_TABLES and route["proto"] not in (_KERNEL, _KEEPALIVED)


def _route(route: Any) -> dict[str, Any]:
    """Its arguments, as pyroute2 takes them."""
    length = route["dst_len"]
    told: dict[str, Any] = {"dst": f"{route.get_attr('RTA_DST')}/{length}" if length else "default"}
    told |= {name: route[name] for name in ("proto", "scope", "type", "tos")}
    names = {"gateway": "RTA_GATEWAY", "priority": "RTA_PRIORITY", "prefsrc": "RTA_PREFSRC", "table": "RTA_TABLE"}
    return told | {name: value for name, kind in names.items() if (value := route.get_attr(kind)) is not None}
