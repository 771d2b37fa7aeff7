"""Blocks of a pcapng file (draft-ietf-opsawg-pcapng): section, interfaces, packets with comments. Pure."""

import struct
from typing import Final

LINKTYPE_ETHERNET: Final = 1
_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_COMMENT, _END = 1, 0
_NANOSECONDS: Final = b"\x09"
_LONGEST: Final = 65_000
"""An option's length has 16 bits."""


def section(comment: str, application: str) -> bytes:
    """Its length is not told: the file is written as it goes."""
    head = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    return _block(_SECTION, head, [(_COMMENT, comment.encode()), (4, application.encode())])


def interface(name: str, description: str) -> bytes:
    head = struct.pack("<HHI", LINKTYPE_ETHERNET, 0, 0)
    return _block(_INTERFACE, head, [(2, name.encode()), (3, description.encode()), (9, _NANOSECONDS)])


def packet(interface_number: int, wall_ns: int, data: bytes, length: int, *, inward: bool, comment: str = "") -> bytes:
    """`data`: what was kept of a frame of `length` bytes. `inward`: it came in from the cable."""
    head = struct.pack("<IIIII", interface_number, wall_ns >> 32, wall_ns & 0xFFFFFFFF, len(data), length)
    flags = struct.pack("<I", 1 if inward else 2)
    comments = [(_COMMENT, comment.encode())] if comment else []
    return _block(_PACKET, head + _padded(data), [(2, flags), *comments])


def _block(kind: int, body: bytes, options: list[tuple[int, bytes]]) -> bytes:
    told = b"".join(_option(code, data) for code, data in options if data) + struct.pack("<HH", _END, 0)
    size = len(body) + len(told) + 12
    return struct.pack("<II", kind, size) + body + told + struct.pack("<I", size)


def _option(code: int, data: bytes) -> bytes:
    kept = data[:_LONGEST].decode(errors="ignore").encode() if len(data) > _LONGEST else data
    return struct.pack("<HH", code, len(kept)) + _padded(kept)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
