"""Routing netlink, the reading half: one socket that dumps a namespace and then follows its changes. IPv4 only.

Not pyroute2, because an event gets the time at which it is read: decoding must not delay the next one (2 µs a message
here). Formats: linux/rtnetlink.h, if_link.h, if_addr.h, neighbour.h; rtnetlink(7).
"""

import errno
import itertools
import os
import socket
import struct
import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

NEWLINK: Final = 16
DELLINK: Final = 17
GETLINK: Final = 18
NEWADDR: Final = 20
DELADDR: Final = 21
GETADDR: Final = 22
NEWROUTE: Final = 24
DELROUTE: Final = 25
GETROUTE: Final = 26
NEWNEIGH: Final = 28
DELNEIGH: Final = 29
GETNEIGH: Final = 30

LINKS: Final = 0x1  # RTMGRP_LINK
GROUPS: Final = LINKS | 0x4 | 0x10 | 0x40  # RTMGRP_LINK, NEIGH, IPV4_IFADDR, IPV4_ROUTE
AF_BRIDGE: Final = 7
SO_RCVBUFFORCE: Final = 33
BUFFER: Final = 4 << 20

_HEADER: Final = struct.Struct("=IHHII")
_ATTRIBUTE: Final = struct.Struct("=HH")
_DONE: Final = 3
_ERROR: Final = 2
_REQUEST_DUMP: Final = 0x301
_TYPE_MASK: Final = 0x3FFF

IFF_UP: Final = 0x1
_NDA_MASTER: Final = 9  # linux/neighbour.h
_PROTINFO, _PORT_STATE = 12, 1  # linux/if_link.h: IFLA_PROTINFO, IFLA_BRPORT_STATE
IFF_LOWER_UP: Final = 0x10000
MAIN_TABLE: Final = 254
RTN_UNICAST: Final = 1
NUD_PERMANENT: Final = 0x80
NUD_VALID: Final = 0x80 | 0x40 | 0x02 | 0x10 | 0x04 | 0x08  # PERMANENT, NOARP, REACHABLE, PROBE, STALE, DELAY


class Link(NamedTuple):
    """`device` is the kernel's index, here and below."""

    present: bool
    device: int
    name: str
    up: bool
    carrier: bool


class Address(NamedTuple):
    present: bool
    device: int
    ip: str


class Route(NamedTuple):
    """A unicast route of the main table; `to` is CIDR, ``default`` for 0.0.0.0/0."""

    present: bool
    device: int
    to: str


class Neighbour(NamedTuple):
    """`mac` None: incomplete or failed."""

    present: bool
    device: int
    ip: str
    mac: bytes | None
    state: int


class Forwarding(NamedTuple):
    """An entry of a bridge's forwarding table: `device` is the port's, `switch` the bridge's; 0: not told."""

    present: bool
    device: int
    mac: bytes
    permanent: bool
    switch: int = 0


class BridgePort(NamedTuple):
    """What a bridge does at a port: `state` as in linux/if_bridge.h, BR_STATE_*."""

    device: int
    state: int


Message = BridgePort | Link | Address | Route | Neighbour | Forwarding


class Overflow(Exception):
    """The kernel dropped notifications (ENOBUFS): the known state is stale until the next `dump`."""


class Netlink:
    """Bound to the namespace in which it is made. Non-blocking."""

    def __init__(self, groups: int = GROUPS) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        self._socket.setblocking(False)
        self._socket.bind((0, groups))
        self._dumps: list[bytes] = []
        self._sequence = itertools.count(1)

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def dump(self, *, forwarding: bool = False) -> None:
        """Asks for the whole state, which `read` returns as it does changes. `forwarding`: the bridges' tables too."""
        families = [(GETLINK, 0), (GETADDR, socket.AF_INET), (GETROUTE, socket.AF_INET), (GETNEIGH, socket.AF_INET)]
        if forwarding:
            families += [(GETNEIGH, AF_BRIDGE), (GETLINK, AF_BRIDGE)]
        idle = not self._dumps
        self._dumps += [self._question(kind, family) for kind, family in families]
        if idle:
            self._ask_next()

    @property
    def dumping(self) -> bool:
        """Is an answer to `dump` still to come?"""
        return bool(self._dumps)

    def read(self) -> Iterator[list[Message]]:
        """The messages of each datagram that waits, as it is read. Raises `Overflow`, `OSError`."""
        while data := self._datagram():
            yield list(self._said(data))

    def _datagram(self) -> bytes:
        """Empty if none waits."""
        try:
            return self._socket.recv(1 << 17)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno == errno.ENOBUFS:
                raise Overflow from error
            raise

    def _said(self, data: bytes) -> Iterator[Message]:
        for kind, body in _messages(data):
            if kind == _DONE:
                self._dumps.pop(0)
                self._ask_next()
            elif message := decode(kind, body):
                yield message

    def _question(self, kind: int, family: int) -> bytes:
        return _HEADER.pack(_HEADER.size + 16, kind, _REQUEST_DUMP, next(self._sequence), 0) + struct.pack(
            "=B15x", family
        )

    def _ask_next(self) -> None:
        """The kernel answers one dump at a time."""
        if self._dumps:
            self._socket.send(self._dumps[0])


def decode(kind: int, body: bytes) -> Message | None:
    """One message; None for other families, tables and route types."""
    if kind == _ERROR:
        code = -struct.unpack_from("=i", body)[0]
        raise OSError(code, f"netlink dump: {os.strerror(code)}")
    decoder = _DECODERS.get(kind & ~3)
    return decoder(body, kind & 3 == 0) if decoder else None


def _link(body: bytes, present: bool) -> Link | BridgePort | None:  # noqa: FBT001
    family, index, flags = struct.unpack_from("=BxxxiI", body)
    if family == AF_BRIDGE:  # link messages of a bridge about its ports
        port = _attributes(_attributes(body, 16).get(_PROTINFO, b""), 0)
        return BridgePort(index, port[_PORT_STATE][0]) if present and _PORT_STATE in port else None
    name = _attributes(body, 16)[3][:-1].decode()
    return Link(present, index, name, present and bool(flags & IFF_UP), present and bool(flags & IFF_LOWER_UP))


def _address(body: bytes, present: bool) -> Address:  # noqa: FBT001
    (index,) = struct.unpack_from("=I", body, 4)
    attributes = _attributes(body, 8)
    return Address(present, index, socket.inet_ntoa(attributes.get(2) or attributes[1]))


def _route(body: bytes, present: bool) -> Route | None:  # noqa: FBT001
    length, table, kind = body[1], body[4], body[7]
    attributes = _attributes(body, 12)
    if table != MAIN_TABLE or kind != RTN_UNICAST or 4 not in attributes:
        return None
    to = f"{socket.inet_ntoa(attributes[1])}/{length}" if 1 in attributes else "default"
    return Route(present, int.from_bytes(attributes[4], "little"), to)


def _neighbour(body: bytes, present: bool) -> Neighbour | Forwarding | None:  # noqa: FBT001
    family, index, state = struct.unpack_from("=BxxxiH", body)
    attributes = _attributes(body, 12)
    if family == AF_BRIDGE and 2 in attributes:
        switch = int.from_bytes(attributes.get(_NDA_MASTER, b""), sys.byteorder)
        return Forwarding(present, index, attributes[2], bool(state & NUD_PERMANENT), switch)
    if family != socket.AF_INET:
        return None
    valid = present and state & NUD_VALID
    return Neighbour(present, index, socket.inet_ntoa(attributes[1]), attributes.get(2) if valid else None, state)


_DECODERS: Final = {NEWLINK: _link, NEWADDR: _address, NEWROUTE: _route, NEWNEIGH: _neighbour}


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset + _HEADER.size <= len(data):
        length, kind, *_ = _HEADER.unpack_from(data, offset)
        yield kind, data[offset + _HEADER.size : offset + length]
        offset += (length + 3) & ~3


def _attributes(body: bytes, offset: int) -> dict[int, bytes]:
    found = {}
    while offset + _ATTRIBUTE.size <= len(body):
        length, kind = _ATTRIBUTE.unpack_from(body, offset)
        found[kind & _TYPE_MASK] = body[offset + _ATTRIBUTE.size : offset + length]
        offset += max(_ATTRIBUTE.size, (length + 3) & ~3)
    return found
