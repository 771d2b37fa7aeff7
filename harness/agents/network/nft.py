"""Drops: the elements of the sets of the harness's own nf_tables tables, which name what is dropped on each side."""

import errno
import socket
import struct

from harness.agents.network.netlink import NETLINK_NETFILTER, Netlink, dormant, ifname, limit_over, set_element
from harness.agents.network.nft_rules import PARTS, SOME, TABLE, Kind, install
from harness.model.errors import AgentError
from harness.model.ops import Side


class Drops:
    """Replaces the tables at construction: no drop of an earlier process survives. Raises `EnvironmentProblem`."""

    def __init__(self) -> None:
        self.lacks = install()
        self._netlink = Netlink(NETLINK_NETFILTER)
        self._some: set[bytes] = set()

    def expect(self, kind: Kind) -> None:
        """Raises `AgentError` if this kernel cannot do that."""
        if kind in self.lacks:
            raise AgentError(f"This kernel has no rule for frames that are {kind}: nftables says {self.lacks[kind]!r}.")

    def message(self, device: str, side: Side, *, present: bool) -> bytes:
        return set_element(TABLE, side, ifname(device), present=present)

    def garp_message(self, device: str, side: Side, ip: str, *, present: bool) -> bytes:
        """Only broadcast ARP with `ip` as its sender."""
        return set_element(TABLE, f"garp_{side}", ifname(device) + socket.inet_aton(ip), present=present)

    def vrrp_message(self, device: str, side: Side, *, multicast: bool, present: bool) -> bytes:
        """Only VRRP; `multicast`: only what is sent to a multicast group."""
        return set_element(TABLE, f"{'group' if multicast else 'vrrp'}_{side}", ifname(device), present=present)

    def chance_message(self, kind: Kind, device: str, side: Side, percent: float, *, present: bool) -> bytes:
        """Each frame is `kind` (lost, corrupt) with a probability of `percent`, on its own."""
        first, last = (ifname(device) + struct.pack(">I", number) for number in (0, round(percent * PARTS / 100) - 1))
        return set_element(SOME, f"{kind}_{side}", first, last=last, present=present)

    def few_message(self, device: str, side: Side, ip: str, per_s: int, *, present: bool) -> bytes:
        """As `garp_message`, but only those that are more than `per_s` in a second."""
        key, limit = ifname(device) + socket.inet_aton(ip), limit_over(per_s) if present else b""
        return set_element(SOME, f"few_{side}", key, expression=limit, present=present)

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

    def add_some(self, add: bytes, remove: bytes) -> None:
        """The same for some frames: the table of these is awake as long as it has an element."""
        if not self._some:
            self._netlink.request(dormant(SOME, asleep=False))
        self._netlink.request(add)
        self._some.add(remove)

    def remove_some(self, remove: bytes) -> None:
        """The undo of `add_some`; may be repeated."""
        self.remove(remove)
        self._some.discard(remove)
        if not self._some:
            self._netlink.request(dormant(SOME, asleep=True))
