"""GLBP's messages as bytes: UDP 3222, a header, and TLVs, as Wireshark's packet-glbp.c decodes them. Pure.

The dissector was written without a specification. Fields that it calls unknown are zero here, with one exception: the
header's second byte, which is 0 in hellos and at most 4, tells a request and a response apart (our choice).
"""

import struct
from enum import IntEnum
from typing import Final, NamedTuple

PORT: Final = 3222  # source and destination
MULTICAST_IP: Final = "224.0.0.102"
REQUEST, RESPONSE = 1, 2
HELLO: Final = 0

_VERSION: Final = 1
_HEADER: Final = struct.Struct(">BBHxx6s")  # version, kind, group, owner
_TLV: Final = struct.Struct(">BB")  # type, length with these two bytes
_HELLO: Final = struct.Struct(
    ">xBxBxxIIHHxxBB4s"
)  # state, priority, hello and hold in ms, redirect and timeout in s, IP
_FORWARDER: Final = struct.Struct(">BBxBB7x6s")  # number, state, priority, weight, virtual MAC
_HELLO_TYPE, _FORWARDER_TYPE = 1, 2
_IPV4, _IPV4_BYTES = 1, 4


class State(IntEnum):
    """Of a virtual gateway and of a forwarder; the latter is `LISTEN` or `ACTIVE`. `INIT` is never sent."""

    INIT = 0
    LISTEN = 4
    SPEAK = 8
    STANDBY = 0x10
    ACTIVE = 0x20


class Hello(NamedTuple):
    """Of a virtual gateway. Times as the protocol has them: milliseconds, then seconds."""

    state: int
    priority: int
    hello_ms: int
    hold_ms: int
    redirect_s: int
    timeout_s: int
    ip: bytes


class ForwarderPart(NamedTuple):
    """`number` 0: the sender asks for one."""

    number: int
    state: int
    priority: int
    weight: int
    mac: bytes


class Message(NamedTuple):
    """`owner`: a MAC address that names a gateway: of the sender, in a `RESPONSE` of the one that asked."""

    kind: int
    group: int
    owner: bytes
    hello: Hello | None = None
    forwarders: tuple[ForwarderPart, ...] = ()


def encode(message: Message) -> bytes:
    """Behind the UDP header. Raises `struct.error` for a value that its field cannot have."""
    parts = [_HEADER.pack(_VERSION, message.kind, message.group, message.owner)]
    if message.hello:
        *values, ip = message.hello
        parts.append(_tlv(_HELLO_TYPE, _HELLO.pack(*values, _IPV4, _IPV4_BYTES, ip)))
    parts += [_tlv(_FORWARDER_TYPE, _FORWARDER.pack(*each)) for each in message.forwarders]
    return b"".join(parts)


def decode(payload: bytes) -> Message | None:
    """None if it is no message of this version, or cut off. A TLV of an unknown type is skipped."""
    if len(payload) < _HEADER.size or payload[0] != _VERSION:
        return None
    _, kind, group, owner = _HEADER.unpack_from(payload)
    hello, forwarders = None, []
    offset = _HEADER.size
    while offset + _TLV.size <= len(payload):
        what, length = _TLV.unpack_from(payload, offset)
        body = payload[offset + _TLV.size : offset + length]
        if length < _TLV.size or len(body) != length - _TLV.size:
            return None
        if what == _HELLO_TYPE:
            hello = _hello(body)
        elif what == _FORWARDER_TYPE and len(body) >= _FORWARDER.size:
            forwarders.append(ForwarderPart(*_FORWARDER.unpack_from(body)))
        offset += length
    return Message(kind, group, owner, hello, tuple(forwarders))


def _hello(body: bytes) -> Hello | None:
    """None for a hello of IPv6, which this does not speak."""
    if len(body) < _HELLO.size or body[20] != _IPV4 or body[21] != _IPV4_BYTES:
        return None
    state, priority, hello, hold, redirect, timeout, _, _, ip = _HELLO.unpack_from(body)
    return Hello(state, priority, hello, hold, redirect, timeout, ip)


def _tlv(what: int, body: bytes) -> bytes:
    return _TLV.pack(what, _TLV.size + len(body)) + body
