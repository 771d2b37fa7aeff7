"""Answers of a name server for a site's `resolvers`: A and AAAA of the names in its haproxy.cfg. RFC 1035."""

import asyncio
import ipaddress
from collections.abc import Mapping

_TYPES = {1: 4, 28: 6}
_TTL_S = 60
_MOST = 60  # addresses in one answer: HAProxy takes 8192 bytes at most, by UDP as its `accepted_payload_size` says

Names = Mapping[str, tuple[str, ...]]


def answer(query: bytes, names: Names) -> bytes | None:
    """A known name without such an address has an empty answer, an unknown one does not exist. None: no query."""
    question = _question(query)
    if question is None:
        return None
    name, kind, end = question
    known = names.get(name)
    wanted = _TYPES.get(kind)
    addresses = [ip for each in known or () if (ip := ipaddress.ip_address(each)).version == wanted][:_MOST]
    code = b"\x85\x83" if known is None else b"\x85\x80"
    head = query[:2] + code + b"\0\1" + len(addresses).to_bytes(2, "big") + bytes(4)
    return head + query[12:end] + b"".join(_record(kind, ip.packed) for ip in addresses)


def _record(kind: int, data: bytes) -> bytes:
    """Of the question's name, by a pointer to it."""
    fixed = b"\xc0\x0c" + kind.to_bytes(2, "big") + b"\0\1" + _TTL_S.to_bytes(4, "big")
    return fixed + len(data).to_bytes(2, "big") + data


def _question(query: bytes) -> tuple[str, int, int] | None:
    """(name, type, where it ends) of the first question."""
    labels: list[str] = []
    at = 12
    if len(query) < at or query[2] & 0x80:
        return None
    while at < len(query) and query[at]:
        size = query[at]
        labels.append(query[at + 1 : at + 1 + size].decode("latin-1"))
        at += 1 + size
    if at + 5 > len(query):
        return None
    return ".".join(labels).lower(), int.from_bytes(query[at + 1 : at + 3], "big"), at + 5


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, names: Names) -> None:
        self._names = names

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if said := answer(data, self._names):
            self._transport.sendto(said, addr)


class Stream(asyncio.Protocol):
    """Over TCP, each message after its length."""

    def __init__(self, names: Names) -> None:
        self._names, self._buffer = names, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= 2 and len(self._buffer) >= 2 + (size := int.from_bytes(self._buffer[:2], "big")):
            said = answer(self._buffer[2 : 2 + size], self._names)
            self._buffer = self._buffer[2 + size :]
            if said is None:
                self._transport.close()
                return
            self._transport.write(len(said).to_bytes(2, "big") + said)

    def pause_writing(self) -> None:
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._transport.resume_reading()
