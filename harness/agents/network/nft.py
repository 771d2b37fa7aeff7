"""Drops: the elements of the sets of the harness's own nf_tables tables, which name what is dropped on each side."""

import errno
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from harness.agents.executor import Ready
from harness.agents.network.netlink import (
    NETLINK_NETFILTER,
    Netlink,
    dormant,
    get_element,
    ifname,
    limit_over,
    packets,
    set_element,
)
from harness.agents.network.nft_rules import PARTS, SOME, TABLE, Kind, install
from harness.model.errors import AgentError
from harness.model.ops import Side


class Element(NamedTuple):
    """An element of a set: what is dropped while it is there."""

    table: str
    set_name: str
    key: bytes
    last: bytes = b""
    expression: bytes = b""

    @property
    def add(self) -> bytes:
        return set_element(
            self.table, self.set_name, self.key, present=True, last=self.last, expression=self.expression
        )

    @property
    def remove(self) -> bytes:
        return set_element(self.table, self.set_name, self.key, present=False, last=self.last)

    @property
    def get(self) -> bytes:
        return get_element(self.table, self.set_name, self.key, self.last)


class Drops:
    """Replaces the tables at construction: no drop of an earlier process survives. Raises `EnvironmentProblem`."""

    def __init__(self) -> None:
        self.lacks = install()
        self._netlink = Netlink(NETLINK_NETFILTER)
        self._some: set[bytes] = set()

    def clear(self) -> None:
        """Begins anew: nothing is dropped. Only while no op is held."""
        self.lacks = install()
        self._some.clear()

    def expect(self, kind: Kind) -> None:
        """Raises `AgentError` if this kernel cannot do that."""
        if kind in self.lacks:
            raise AgentError(f"This kernel has no rule for frames that are {kind}: nftables says {self.lacks[kind]!r}.")

    def ready(self, element: Element, expect: Callable[[], None]) -> Ready:
        """From its `apply` on the kernel drops what the element names. `expect` is asked just before."""
        met = _Met()
        add, remove, get = element.add, element.remove, element.get

        def apply() -> None:
            expect()
            if element.table == SOME:
                self._add_some(add, remove)
            else:
                self._netlink.request(add)

        def undo() -> None:
            answer = self.counted(get)
            (self._remove_some if element.table == SOME else self.remove)(remove)
            met.read(answer)

        return Ready(apply, undo, count=lambda: met.packets)

    def counted(self, get: bytes) -> bytes:
        """The answer as it came: the undo is not to wait until it is understood. Empty if the element is gone."""
        with suppress(OSError):
            return self._netlink.ask(get)
        return b""

    def remove(self, message: bytes) -> None:
        """No error if it is not in the set."""
        try:
            self._netlink.request(message)
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise

    def _add_some(self, add: bytes, remove: bytes) -> None:
        """The same for some frames: the table of these is awake as long as it has an element."""
        if not self._some:
            self._netlink.request(dormant(SOME, asleep=False))
        self._netlink.request(add)
        self._some.add(remove)

    def _remove_some(self, remove: bytes) -> None:
        """The undo of `_add_some`; may be repeated."""
        self.remove(remove)
        self._some.discard(remove)
        if not self._some:
            self._netlink.request(dormant(SOME, asleep=True))


class _Met:
    """What an element has counted, once that was read."""

    packets: int | None = None

    def read(self, answer: bytes) -> None:
        if answer:
            self.packets = packets(answer)


def every_frame(device: str, side: Side) -> Element:
    return Element(TABLE, side, ifname(device))


def garp(device: str, side: Side, ip: str) -> Element:
    """Only broadcast ARP with `ip` as its sender."""
    return Element(TABLE, f"garp_{side}", ifname(device) + socket.inet_aton(ip))


def vrrp(device: str, side: Side, *, multicast: bool) -> Element:
    """Only VRRP; `multicast`: only what is sent to a multicast group."""
    return Element(TABLE, f"{'group' if multicast else 'vrrp'}_{side}", ifname(device))


def tcp(device: str, side: Side, *, opening: bool) -> Element:
    """Only TCP; `opening`: only what asks for a new connection."""
    return Element(TABLE, f"{'syn' if opening else 'tcp'}_{side}", ifname(device))


def by_chance(kind: Kind, device: str, side: Side, percent: float) -> Element:
    """Each frame is `kind` (lost, corrupt) with a probability of `percent`, on its own."""
    first, last = (ifname(device) + struct.pack(">I", number) for number in (0, round(percent * PARTS / 100) - 1))
    return Element(SOME, f"{kind}_{side}", first, last)


def few(device: str, side: Side, ip: str, per_s: int) -> Element:
    """As `garp`, but only those that are more than `per_s` in a second."""
    return Element(SOME, f"few_{side}", ifname(device) + socket.inet_aton(ip), expression=limit_over(per_s))
