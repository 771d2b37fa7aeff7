"""pcap: a header of 24 bytes, then records. The magic number tells the order of bytes and the unit of the stamps.

Source: draft-ietf-opsawg-pcap.
"""

import struct
from typing import Final, NamedTuple

from harness.capture.packet import LATEST_NS, SNAP, Buffer, Packet, Packets, Reading

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
    record, unit = struct.Struct(f"{kind.order}IIII"), kind.unit_ns
    buffer.at += HEADER
    while buffer.has(_RECORD):
        seconds, part, there, _ = record.unpack_from(buffer.data, buffer.at)
        if there > MOST:
            reading.torn = f"the record at byte {buffer.position} says that it has {there} bytes; {MOST} is the most"
            return
        if not buffer.has(_RECORD + there):
            reading.torn = f"the file ends within the record at byte {buffer.position}"
            return
        begin = buffer.at + _RECORD
        buffer.at = begin + there
        t = seconds * 1_000_000_000 + part * unit
        if t < LATEST_NS:
            yield Packet(t, link, buffer.data[begin : begin + min(there, SNAP)])
        else:
            reading.skipped["stamp that is no time"] += 1
    if buffer.left:
        reading.torn = f"the file ends within the record at byte {buffer.position}"
