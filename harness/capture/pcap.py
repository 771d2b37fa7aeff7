"""pcap: a header of 24 bytes, then records. The magic number tells the order of bytes and the unit of the stamps.

Source: draft-ietf-opsawg-pcap.
"""

import struct
from typing import Final, NamedTuple

from harness.capture.packet import SNAP, Buffer, Packets, Reading

MOST: Final = 1 << 18  # bytes of a packet: libpcap's own limit (MAXIMUM_SNAPLEN)
HEADER: Final = 24
_RECORD: Final = 16


class _Kind(NamedTuple):
    order: str
    unit_ns: int


MAGIC: Final = {
    b"\xd4\xc3\xb2\xa1": _Kind("<", 1_000),
    b"\xa1\xb2\xc3\xd4": _Kind(">", 1_000),
    b"\x4d\x3c\xb2\xa1": _Kind("<", 1),
    b"\xa1\xb2\x3c\x4d": _Kind(">", 1),
}


def packets(buffer: Buffer, reading: Reading) -> Packets:
    """Ends at the end of the file, or at the first record that cannot be one (`Reading.torn`)."""
    kind = MAGIC[buffer.data[buffer.at : buffer.at + 4]]
    if not buffer.has(HEADER):
        reading.torn = "the file ends within its header"
        return
    link = struct.unpack_from(f"{kind.order}I", buffer.data, buffer.at + 20)[0] & 0xFFFF
    record = struct.Struct(f"{kind.order}IIII")
    buffer.at += HEADER
    while buffer.has(_RECORD):
        there = record.unpack_from(buffer.data, buffer.at)[2]
        if there > MOST:
            reading.stop(f"the record at byte {buffer.position} says that it has {there} bytes; {MOST} is the most")
            return
        if not buffer.has(_RECORD + there):
            reading.torn = f"the file ends within the record at byte {buffer.position}"
            return
        yield from _in_memory(buffer, record, kind.unit_ns, link)
    if buffer.left:
        reading.torn = f"the file ends within the record at byte {buffer.position}"


def _in_memory(buffer: Buffer, record: struct.Struct, unit: int, link: int) -> Packets:
    """Of the records whose bytes are there, as many as have a length that can be. Seconds of 32 bits end in 2106."""
    data, at, unpack = buffer.data, buffer.at, record.unpack_from
    end = len(data)
    while at + _RECORD <= end:
        seconds, part, there, _ = unpack(data, at)
        begin = at + _RECORD
        if there > MOST or begin + there > end:
            break
        at = begin + there
        yield seconds * 1_000_000_000 + part * unit, link, data[begin : begin + SNAP if there > SNAP else at], None
    buffer.at = at
