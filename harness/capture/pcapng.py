"""pcapng: blocks, of which sections, interfaces and packets are read. Source: draft-ietf-opsawg-pcapng.

Each interface has its own unit and offset of stamps. A section may change the order of bytes.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.capture.packet import LATEST_NS, SNAP, Buffer, Packet, Packets, Reading

MAGIC: Final = b"\x0a\x0d\x0d\x0a"
MOST: Final = 1 << 24  # bytes of a block; Wireshark's own limit
_MOST_INTERFACES: Final = 4096
_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 0x0A0D0D0A, 1, 2, 3, 6
_LEAST: Final = {_SECTION: 28, _INTERFACE: 20, _OLD_PACKET: 32, _SIMPLE_PACKET: 16, _PACKET: 32}  # whole blocks
_FLAGS, _RESOLUTION, _OFFSET = 2, 9, 14  # options
_DIRECTIONS: Final = {1: False, 2: True}  # of epb_flags: inbound, outbound


class _Interface(NamedTuple):
    """A stamp is `units` × `numerator` / `denominator` ns, plus `offset_ns`."""

    link: int
    numerator: int
    denominator: int
    offset_ns: int

    def time(self, units: int) -> int:
        return units * self.numerator // self.denominator + self.offset_ns


class _Body(NamedTuple):
    """A block without its type and lengths: from `begin` to `end` in `data`."""

    data: bytes
    order: str
    begin: int
    end: int


class _Torn(Exception):
    """The file cannot be read on."""


class _Cut(Exception):
    """The file ends within a block."""


def packets(buffer: Buffer, reading: Reading) -> Packets:
    """Ends at the end of the file, or at the first block that cannot be one (`Reading.torn`)."""
    try:
        yield from _packets(buffer, reading)
    except _Cut as cut:
        reading.torn = str(cut)
    except _Torn as torn:
        reading.stop(str(torn))


def _packets(buffer: Buffer, reading: Reading) -> Packets:
    order, interfaces = "<", list[_Interface]()
    while buffer.has(12):
        if buffer.data[buffer.at : buffer.at + 4] == MAGIC:
            order, interfaces = _order(buffer), []
        kind, length = struct.unpack_from(f"{order}II", buffer.data, buffer.at)
        _expect_block(buffer, order, kind, length)
        begin, end = buffer.at + 8, buffer.at + length - 4
        if kind == _INTERFACE and len(interfaces) < _MOST_INTERFACES:
            interfaces.append(_interface(buffer.data, order, begin, end))
        elif kind in (_PACKET, _OLD_PACKET):
            packet = _packet(_Body(buffer.data, order, begin, end), kind, interfaces)
            if packet and 0 <= packet.t < LATEST_NS:
                yield packet
            else:
                reading.skipped["packet block without a valid interface, length or stamp"] += 1
        elif kind == _SIMPLE_PACKET:
            reading.skipped["packet block without a stamp"] += 1
        buffer.at = end + 4
    if buffer.left:
        raise _Cut(f"the file ends within the block at byte {buffer.position}")


def _order(buffer: Buffer) -> str:
    match buffer.data[buffer.at + 8 : buffer.at + 12]:
        case b"\x4d\x3c\x2b\x1a":
            return "<"
        case b"\x1a\x2b\x3c\x4d":
            return ">"
        case _:
            raise _Torn(f"the section at byte {buffer.position} has no order of bytes")


def _expect_block(buffer: Buffer, order: str, kind: int, length: int) -> None:
    """Raises `_Torn` if the block's length cannot be, `_Cut` if the file ends within it."""
    where = f"the block at byte {buffer.position}"
    if length % 4 or not _LEAST.get(kind, 12) <= length <= MOST:
        raise _Torn(f"{where} says that it has {length} bytes")
    if not buffer.has(length):
        raise _Cut(f"the file ends within {where}")
    if struct.unpack_from(f"{order}I", buffer.data, buffer.at + length - 4)[0] != length:
        raise _Torn(f"{where} has two different lengths")


def _interface(data: bytes, order: str, begin: int, end: int) -> _Interface:
    """Without its options a unit is a microsecond."""
    (link,) = struct.unpack_from(f"{order}H", data, begin)
    numerator, denominator, offset = 1_000, 1, 0
    for code, value in _options(data, order, begin + 8, end):
        if code == _RESOLUTION and len(value) == 1:
            exponent, base = value[0] & 0x7F, 2 if value[0] & 0x80 else 10
            numerator, denominator = 1_000_000_000, base**exponent
        elif code == _OFFSET and len(value) == 8:
            offset = struct.unpack(f"{order}q", value)[0] * 1_000_000_000
    return _Interface(link, numerator, denominator, offset)


def _packet(body: _Body, kind: int, interfaces: list[_Interface]) -> Packet | None:
    """None if the block names an interface that is not there, or more bytes than it has."""
    data, order, begin, end = body
    number, high, low, there = struct.unpack_from(f"{order}IIII", data, begin)
    if kind == _OLD_PACKET:
        (number,) = struct.unpack_from(f"{order}H", data, begin)
    first = begin + 20
    if number >= len(interfaces) or first + there > end:
        return None
    interface = interfaces[number]
    flags = next((value for code, value in _options(data, order, first + (there + 3 & ~3), end) if code == _FLAGS), b"")
    outgoing = _DIRECTIONS.get(struct.unpack(f"{order}I", flags)[0] & 3) if len(flags) == 4 else None
    t = interface.time(high << 32 | low)
    return Packet(t, interface.link, data[first : first + min(there, SNAP)], outgoing)


def _options(data: bytes, order: str, begin: int, end: int) -> Iterator[tuple[int, bytes]]:
    """(code, value) until the option that ends them, or one that is longer than the block."""
    while begin + 4 <= end:
        code, length = struct.unpack_from(f"{order}HH", data, begin)
        if code == 0 or begin + 4 + length > end:
            return
        yield code, data[begin + 4 : begin + 4 + length]
        begin += 4 + (length + 3 & ~3)
