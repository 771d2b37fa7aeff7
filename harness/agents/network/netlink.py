"""Netlink messages that are built before and sent at a deadline, and the few settings that pyroute2 cannot express.

Layouts: linux/rtnetlink.h, linux/if_link.h, linux/neighbour.h, linux/netfilter/nf_tables.h, linux/pkt_sched.h.
"""

import os
import socket
import struct
from collections.abc import Iterator
from itertools import chain
from typing import Final

NETLINK_ROUTE: Final = 0
NETLINK_NETFILTER: Final = 12

_REQUEST, _ACK, _REPLACE, _EXCLUSIVE, _CREATE = 1, 4, 0x100, 0x200, 0x400
_NESTED, _TYPE = 0x8000, 0x3FFF
_EXPRESSION: Final = 7  # linux/netfilter/nf_tables.h: NFTA_SET_ELEM_EXPR
_ERROR, _DONE, _DUMP = 2, 3, 0x300
_NEWLINK, _DELLINK, _NEWADDR, _DELADDR, _NEWNEIGH, _DELNEIGH, _SETNEIGHTBL = 16, 17, 20, 21, 28, 29, 67
_GETLINK, _GETNEIGHTBL, _DUMP, _DONE = 18, 66, 0x300, 3
_SETTABLE: Final = frozenset((4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19))  # linux/neighbour.h: NDTPA_*
_NEWQDISC, _DELQDISC = 36, 37
_NUD_REACHABLE, _NUD_NOARP, _NTF_MASTER, _NTF_STICKY = 0x02, 0x40, 0x04, 0x40  # linux/neighbour.h
_IFF_UP: Final = 1
_IFA_LOCAL: Final = 2
_IFLA_PROTINFO, _SETLINK = 12, 19
_IFLA_MASTER: Final = 10
_IFLA_IFNAME, _IFLA_LINKINFO, _IFLA_AF_SPEC = 3, 18, 26
_HEADER: Final = struct.Struct("=IHHII")
_LINK: Final = struct.Struct("=BxHiII")  # family, type, index, flags, change
_TC: Final = struct.Struct("=BxxxiIII")  # linux/rtnetlink.h, struct tcmsg: family, index, handle, parent, info
_RATE: Final = struct.Struct("=BBHhHI")  # linux/pkt_sched.h, struct tc_ratespec; its second field is the link layer
_ETHERNET, _ROOT, _OURS = 1, 0xFFFFFFFF, 0x48410000

FORWARDING: Final = 1  # linux/ip.h: IPV4_DEVCONF_*
RP_FILTER: Final = 8
ARP_ANNOUNCE: Final = 18


class Netlink:
    """One blocking socket. The kernel answers rtnetlink and nf_tables requests before `send` returns."""

    def __init__(self, protocol: int) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
        self._socket.bind((0, 0))

    def request(self, message: bytes) -> None:
        """Sends a request (or an nf_tables batch of one) and reads its acknowledgement. Raises `OSError`."""
        self._socket.send(message)
        while (code := _acknowledged(self._socket.recv(65536))) is None:
            pass
        if code:
            raise OSError(code, os.strerror(code))

    def ask(self, message: bytes) -> bytes:
        """The answer to a request for one thing, as it came. Raises `OSError`."""
        self._socket.send(message)
        answer = self._socket.recv(65536)
        if code := _acknowledged(answer):
            raise OSError(code, os.strerror(code))
        return answer

    def dump(self, message: bytes) -> Iterator[bytes]:
        """The payload of each answer to a request for all things of a kind. Raises `OSError`."""
        self._socket.send(message)
        while True:
            for kind, payload in messages(self._socket.recv(65536)):
                if kind == _DONE:
                    return
                if kind == _ERROR:
                    code = -struct.unpack_from("=i", payload)[0]
                    raise OSError(code, os.strerror(code))
                yield payload

    def close(self) -> None:
        self._socket.close()


def link(name: str, *, up: bool) -> bytes:
    """`ip link set NAME up|down`, by name: also valid after the port was wired anew."""
    return _message(
        _NEWLINK, _LINK.pack(0, 0, 0, _IFF_UP if up else 0, _IFF_UP) + _attribute(_IFLA_IFNAME, _text(name))
    )


def delete_link(index: int) -> bytes:
    """`ip link del dev …`"""
    return _message(_DELLINK, _LINK.pack(0, 0, index, 0, 0))


def address(index: int, ip: str, prefix: int, *, present: bool) -> bytes:
    """`ip address add|del IP/PREFIX dev …` (linux/if_addr.h)."""
    body = struct.pack("=BBBBI", socket.AF_INET, prefix, 0, 0, index) + _attribute(_IFA_LOCAL, socket.inet_aton(ip))
    return _message(_NEWADDR, body, _CREATE | _EXCLUSIVE) if present else _message(_DELADDR, body)


def flush_fdb(switch: str) -> bytes:
    """`bridge fdb flush dev SWITCH`: every learnt entry (IFLA_BR_FDB_FLUSH keeps the static ones)."""
    flush = _nest(_IFLA_LINKINFO, _attribute(1, b"bridge"), _nest(2, _attribute(21, b"")))
    return _message(_NEWLINK, _LINK.pack(0, 0, 0, 0, 0) + _attribute(_IFLA_IFNAME, _text(switch)) + flush)


def enslave(index: int, switch: int) -> bytes:
    """`ip link set dev … master SWITCH`: also moves a port from one bridge to another. Both by index."""
    return _message(_NEWLINK, _LINK.pack(0, 0, index, 0, 0) + _attribute(_IFLA_MASTER, struct.pack("=I", switch)))


def port_state(index: int, state: int) -> bytes:
    """`bridge link set dev … state N`: BR_STATE_* of linux/if_bridge.h."""
    header = struct.pack("=BxHiII", socket.AF_BRIDGE, 0, index, 0, 0)
    return _message(_SETLINK, header + _nest(_IFLA_PROTINFO, _attribute(1, bytes([state]))))


def neighbour(index: int, ip: str, mac: str, state: int) -> bytes:
    """`ip neigh change IP lladdr MAC nud STATE dev …`: changes an entry, never adds one."""
    header = struct.pack("=BxxxiHBB", socket.AF_INET, index, state, 0, 0)
    address = _attribute(1, socket.inet_aton(ip)) + _attribute(2, bytes.fromhex(mac.replace(":", "")))
    return _message(_NEWNEIGH, header + address, _REPLACE)


def sticky_fdb(index: int, mac: str, *, present: bool) -> bytes:
    """`bridge fdb replace|del MAC dev … master sticky static`: no frame moves this entry to another port."""
    header = struct.pack("=BxxxiHBB", socket.AF_BRIDGE, index, _NUD_NOARP, _NTF_MASTER | _NTF_STICKY, 0)
    body = header + _attribute(2, bytes.fromhex(mac.replace(":", "")))
    return _message(_NEWNEIGH, body, _CREATE | _REPLACE) if present else _message(_DELNEIGH, body)


def learnt_fdb(index: int, mac: str) -> bytes:
    """`bridge fdb replace MAC dev … master dynamic`: as if a frame from MAC had come in there."""
    header = struct.pack("=BxxxiHBB", socket.AF_BRIDGE, index, _NUD_REACHABLE, _NTF_MASTER, 0)
    return _message(_NEWNEIGH, header + _attribute(2, bytes.fromhex(mac.replace(":", ""))), _CREATE | _REPLACE)


def ipv4_settings(index: int, settings: dict[int, int]) -> bytes:
    """net.ipv4.conf.DEVICE.*, without /proc/sys (read-only in a container): setting number → value."""
    values = [_attribute(number, struct.pack("=I", value)) for number, value in settings.items()]
    nested = _nest(_IFLA_AF_SPEC, _nest(socket.AF_INET, _nest(1, *values)))
    return _message(_NEWLINK, _LINK.pack(0, 0, index, 0, 0) + nested)


def ipv4_settings_of(netlink: Netlink, index: int) -> dict[int, int]:
    """As `ipv4_settings` takes them (net/ipv4/devinet.c, inet_fill_link_af). Raises `OSError`."""
    answer = netlink.ask(_plain(_GETLINK, _LINK.pack(0, 0, index, 0, 0)))
    families = dict(_attributes(dict(_attributes(answer[_HEADER.size + _LINK.size :])).get(_IFLA_AF_SPEC, b"")))
    values = dict(_attributes(families.get(socket.AF_INET, b""))).get(1, b"")
    return dict(enumerate((value for (value,) in struct.iter_unpack("=I", values)), 1))


def neighbour_settings_of(netlink: Netlink, index: int) -> dict[int, bytes]:
    """net.ipv4.neigh.DEVICE.* that can be set: number → value as the kernel tells it. Raises `OSError`."""
    found: dict[int, bytes] = {}
    for table in netlink.dump(_header_of_dump(_GETNEIGHTBL, struct.pack("=Bxxx", socket.AF_INET))):
        parameters = dict(_attributes(dict(_attributes(table[4:])).get(6, b"")))
        if parameters.get(1) == struct.pack("=I", index):
            found = {kind: value for kind, value in parameters.items() if kind in _SETTABLE}
    return found


def set_neighbour(index: int, settings: dict[int, bytes]) -> bytes:
    """Sets what `neighbour_settings_of` told."""
    values = [_attribute(kind, value) for kind, value in settings.items()]
    parameters = _nest(6, _attribute(1, struct.pack("=I", index)), *values)
    return _message(_SETNEIGHTBL, struct.pack("=Bxxx", socket.AF_INET) + _attribute(1, _text("arp_cache")) + parameters)


def delay_first_probe(index: int, milliseconds: int) -> bytes:
    """net.ipv4.neigh.DEVICE.delay_first_probe_time: how long the kernel uses a stale entry before it asks."""
    parameters = _nest(6, _attribute(1, struct.pack("=I", index)), _attribute(7, struct.pack("=Q", milliseconds)))
    return _message(_SETNEIGHTBL, struct.pack("=Bxxx", socket.AF_INET) + _attribute(1, _text("arp_cache")) + parameters)


def ifname(device: str) -> bytes:
    """A device's name as nf_tables compares it: IFNAMSIZ bytes."""
    return device.encode().ljust(16, b"\0")


def arp_timeout(index: int, milliseconds: int) -> bytes:
    """Both parts of an entry's life: delay_first_probe_time, and base_reachable_time_ms (at most Linux' default, 30 s).

    Linux counts gratuitous ARP as a confirmation, so that a short delay alone leaves a wrong entry REACHABLE for long.
    """
    reachable = min(milliseconds, 30_000)
    values = [_attribute(4, struct.pack("=Q", reachable)), _attribute(7, struct.pack("=Q", milliseconds))]
    parameters = _nest(6, _attribute(1, struct.pack("=I", index)), *values)
    return _message(_SETNEIGHTBL, struct.pack("=Bxxx", socket.AF_INET) + _attribute(1, _text("arp_cache")) + parameters)


def set_element(
    table: str, set_name: str, key: bytes, *, present: bool, last: bytes = b"", expression: bytes = b""
) -> bytes:
    """An nf_tables batch that adds or deletes one element of a set in the bridge family; `key`: its fields in a row.

    `last`: where an interval that begins with `key` ends. `expression`: what the element has of its own (`limit_over`).
    """
    batch, body = struct.pack(">BBH", 0, 0, 10), _element(table, set_name, key, last, expression)
    change = _message(10 << 8 | 12, body, _CREATE) if present else _message(10 << 8 | 14, body)
    return _plain(16, batch) + change + _plain(17, batch)


def get_element(table: str, set_name: str, key: bytes, last: bytes = b"") -> bytes:
    """Asks for one element of a set as `set_element` made it; `packets` reads the answer."""
    return _plain(10 << 8 | 13, _element(table, set_name, key, last, b""))


def get_elements(table: str, set_name: str) -> bytes:
    """Asks for all elements of a set; `keys` reads each payload of the answer."""
    body = struct.pack(">BBH", 7, 0, 0) + _attribute(1, _text(table)) + _attribute(2, _text(set_name))
    return _header_of_dump(10 << 8 | 13, body)


def keys(payload: bytes) -> list[bytes]:
    """Of each element in one message of an answer to `get_elements`."""
    elements = chain.from_iterable(_inside(payload, 4, 3))  # behind the header of nf_tables
    parts = (dict(_attributes(item)) for _, item in elements)
    return [dict(_attributes(each[1])).get(1, b"") for each in parts if 1 in each]


def packets(answer: bytes) -> int | None:
    """What the counter of the element in an answer to `get_element` has counted; None: the element has none."""
    for element in _inside(answer, 20, 3):  # behind the headers of netlink and of nf_tables
        for expression in (each for _, item in element for kind, each in _attributes(item) if kind == _EXPRESSION):
            parts = dict(_attributes(expression))
            counted = dict(_attributes(parts.get(2, b"")))
            if parts.get(1) == b"counter\0" and 2 in counted:
                return int.from_bytes(counted[2], "big")
    return None


def _inside(data: bytes, offset: int, wanted: int) -> Iterator[list[tuple[int, bytes]]]:
    return (list(_attributes(value)) for kind, value in _attributes(data[offset:]) if kind == wanted)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, value) of each; a torn one ends them."""
    offset = 0
    while offset + 4 <= len(data):
        size, kind = struct.unpack_from("=HH", data, offset)
        if size < 4:
            return
        yield kind & _TYPE, data[offset + 4 : offset + size]
        offset += (size + 3) & ~3


def _element(table: str, set_name: str, key: bytes, last: bytes, expression: bytes) -> bytes:
    end = _nest(10, _attribute(1, last)) if last else b""
    element = _nest(3, _nest(1, _nest(1, _attribute(1, key)), end, expression))
    return struct.pack(">BBH", 7, 0, 0) + _attribute(1, _text(table)) + _attribute(2, _text(set_name)) + element


def dormant(table: str, *, asleep: bool) -> bytes:
    """An nf_tables batch that takes a table of the bridge family from its hooks, or puts it there again."""
    bridge, batch = struct.pack(">BBH", 7, 0, 0), struct.pack(">BBH", 0, 0, 10)
    body = bridge + _attribute(1, _text(table)) + _attribute(2, struct.pack(">I", asleep))
    return _plain(16, batch) + _message(10 << 8, body) + _plain(17, batch)


def limit_over(per_s: int) -> bytes:
    """The expression ``limit rate over N/second burst N packets``: true of those that are too many."""
    data = _attribute(1, struct.pack(">Q", per_s)) + _attribute(2, struct.pack(">Q", 1))
    data += _attribute(3, struct.pack(">I", per_s)) + _attribute(4, struct.pack(">I", 0))
    return _nest(7, _attribute(1, _text("limit")), _nest(2, data, _attribute(5, struct.pack(">I", 1))))


def token_bucket(index: int, bytes_per_s: int, burst: int, queue: int) -> bytes:
    """``tc qdisc add dev … root handle 4841: tbf …``; `burst`, `queue`: in bytes. No foreign qdisc is replaced."""
    rate, none = _RATE.pack(0, _ETHERNET, 0, 0, 0, bytes_per_s), bytes(_RATE.size)
    parameters = _attribute(1, rate + none + struct.pack("=III", queue, 0, 0))
    options = _nest(2, parameters, _attribute(6, struct.pack("=I", burst)))
    body = _TC.pack(0, index, _OURS, _ROOT, 0) + _attribute(1, _text("tbf")) + options
    return _message(_NEWQDISC, body, _CREATE | _EXCLUSIVE)


def no_token_bucket(index: int) -> bytes:
    """Deletes that of `token_bucket`, and no other."""
    return _message(_DELQDISC, _TC.pack(0, index, _OURS, _ROOT, 0))


def _text(text: str) -> bytes:
    return text.encode() + b"\0"


def _attribute(kind: int, value: bytes) -> bytes:
    size = 4 + len(value)
    return struct.pack("=HH", size, kind) + value + bytes(-size % 4)


def _nest(kind: int, *attributes: bytes) -> bytes:
    return _attribute(kind | _NESTED, b"".join(attributes))


def _message(kind: int, body: bytes, flags: int = 0) -> bytes:
    return _HEADER.pack(_HEADER.size + len(body), kind, _REQUEST | _ACK | flags, 1, 0) + body


def _plain(kind: int, body: bytes) -> bytes:
    return _HEADER.pack(_HEADER.size + len(body), kind, _REQUEST, 0, 0) + body


def _header_of_dump(kind: int, body: bytes) -> bytes:
    return _HEADER.pack(_HEADER.size + len(body), kind, _REQUEST | _DUMP, 1, 0) + body


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, payload) of each."""
    offset = 0
    while offset + _HEADER.size <= len(data):
        size, kind, *_ = _HEADER.unpack_from(data, offset)
        if size < _HEADER.size:
            return
        yield kind, data[offset + _HEADER.size : offset + size]
        offset += (size + 3) & ~3


def _acknowledged(answer: bytes) -> int | None:
    """The errno of the acknowledgement (0: done); None if the answer has none. The first error counts."""
    offset, code = 0, None
    while offset + _HEADER.size <= len(answer):
        size, kind, *_ = _HEADER.unpack_from(answer, offset)
        if kind == _ERROR:
            code = code or -struct.unpack_from("=i", answer, offset + _HEADER.size)[0]
        offset += (size + 3) & ~3
    return code
