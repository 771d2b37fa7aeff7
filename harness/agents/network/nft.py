"""Drops: the harness's own nf_tables table in the bridge family, with sets of what is dropped on each side."""

import errno
import socket
from typing import Final

from harness.agents.network.netlink import NETLINK_NETFILTER, Netlink, ifname, set_element
from harness.model.errors import EnvironmentProblem
from harness.model.ops import Side

TABLE: Final = "harness"

# Before every other chain on the way in, after every other on the way out. Switches do not learn from dropped frames.
# The garp sets: (port, address) of broadcast ARP. VRRP is IP protocol 112, of both versions of IP (RFC 9568 section 5).
_RULES: Final = f"""
add table bridge {TABLE}
delete table bridge {TABLE}
table bridge {TABLE} {{
    set ingress {{ type ifname; }}
    set egress {{ type ifname; }}
    set garp_ingress {{ type ifname . ipv4_addr; }}
    set garp_egress {{ type ifname . ipv4_addr; }}
    set vrrp_ingress {{ type ifname; }}
    set vrrp_egress {{ type ifname; }}
    set group_ingress {{ type ifname; }}
    set group_egress {{ type ifname; }}
    chain arriving {{
        type filter hook prerouting priority -300
        iifname @ingress drop
        ether daddr ff:ff:ff:ff:ff:ff ether type arp iifname . arp saddr ip @garp_ingress drop
        meta l4proto 112 iifname @vrrp_ingress drop
        ether daddr and 01:00:00:00:00:00 == 01:00:00:00:00:00 meta l4proto 112 iifname @group_ingress drop
    }}
    chain leaving {{
        type filter hook postrouting priority 300
        oifname @egress drop
        ether daddr ff:ff:ff:ff:ff:ff ether type arp oifname . arp saddr ip @garp_egress drop
        meta l4proto 112 oifname @vrrp_egress drop
        ether daddr and 01:00:00:00:00:00 == 01:00:00:00:00:00 meta l4proto 112 oifname @group_egress drop
    }}
}}
"""


class Drops:
    """Replaces the table at construction: no drop of an earlier process survives. Raises `EnvironmentProblem`."""

    def __init__(self) -> None:
        import nftables  # noqa: PLC0415 (Debian's python3-nftables: only in the agent's image)

        code, _, error = nftables.Nftables().cmd(_RULES)
        if code:
            raise EnvironmentProblem(f"nftables refuses the table in the bridge family: {error.strip()}")
        self._netlink = Netlink(NETLINK_NETFILTER)

    def message(self, device: str, side: Side, *, present: bool) -> bytes:
        return set_element(TABLE, side, ifname(device), present=present)

    def garp_message(self, device: str, side: Side, ip: str, *, present: bool) -> bytes:
        """Only broadcast ARP with `ip` as its sender."""
        return set_element(TABLE, f"garp_{side}", ifname(device) + socket.inet_aton(ip), present=present)

    def vrrp_message(self, device: str, side: Side, *, multicast: bool, present: bool) -> bytes:
        """Only VRRP; `multicast`: only what is sent to a multicast group."""
        return set_element(TABLE, f"{'group' if multicast else 'vrrp'}_{side}", ifname(device), present=present)

    def add(self, message: bytes) -> None:
        """From now on the kernel drops what the message names."""
        self._netlink.request(message)

    def remove(self, message: bytes) -> None:
        """No error if it is not in the set."""
        try:
            self._netlink.request(message)
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise
