"""Reads pcapng by the draft alone: nothing is shared with the code that writes it."""

import struct
from collections.abc import Iterator
from typing import NamedTuple


class Packet(NamedTuple):
    interface: str
    wall_ns: int
    data: bytes
    length: int
    inward: bool
    comment: str


class Capture(NamedTuple):
    comment: str
    interfaces: dict[str, str]
    packets: list[Packet]


def read(data: bytes) -> Capture:
    """Raises `AssertionError` where a length lies."""
    comment, names, described, packets = "", list[str](), list[str](), list[Packet]()
    for kind, body in _blocks(data):
        if kind == 0x0A0D0D0A:
            assert struct.unpack_from("<IHHq", body) == (0x1A2B3C4D, 1, 0, -1)
            comment = _options(body[16:])[1][0].decode()
        elif kind == 1:
            options = _options(body[8:])
            assert options[9] == [b"\x09"]
            names.append(options[2][0].decode())
            described.append(options[3][0].decode())
        elif kind == 6:
            number, high, low, kept, length = struct.unpack_from("<IIIII", body)
            options = _options(body[20 + kept + -kept % 4 :])
            text = b"".join(options.get(1, [])).decode()
            flags = int.from_bytes(options[2][0], "little")
            packets.append(Packet(names[number], high << 32 | low, body[20 : 20 + kept], length, flags & 3 == 1, text))
    return Capture(comment, dict(zip(names, described, strict=True)), packets)


def _blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        assert size % 4 == 0
        assert struct.unpack_from("<I", data, at + size - 4) == (size,)
        yield kind, data[at + 8 : at + size - 4]
        at += size
    assert at == len(data)


def _options(data: bytes) -> dict[int, list[bytes]]:
    found: dict[int, list[bytes]] = {}
    while data:
        code, size = struct.unpack_from("<HH", data)
        if code == 0:
            assert size == 0
            assert len(data) == 4
            return found
        found.setdefault(code, []).append(data[4 : 4 + size])
        data = data[4 + size + -size % 4 :]
    raise AssertionError("no end of options")
