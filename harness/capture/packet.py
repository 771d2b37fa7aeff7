"""One packet of a capture file, and what could not be read of the file."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final, NamedTuple

SNAP: Final = 256  # bytes of a packet that are looked at: headers, and an advert with 40 VIPs
CHUNK: Final = 1 << 20
LATEST_NS: Final = 1 << 62  # the year 2116: a later stamp is no time


class Packet(NamedTuple):
    """`t`: ns since 1970. `link`: the link layer's number (tcpdump.org/linktypes). `outgoing`: None if not told."""

    t: int
    link: int
    data: bytes
    outgoing: bool | None = None


@dataclass
class Reading:
    """What was left out while a file was read: `torn` says where and why reading ended early, `skipped` counts.

    `unread`: there was more. A file that ends within a record has no more: tcpdump was ended while it wrote.
    """

    torn: str = ""
    unread: bool = False
    skipped: Counter[str] = field(default_factory=Counter)

    def stop(self, why: str) -> None:
        """There is more, which cannot be read or kept."""
        self.torn, self.unread = why, True

    def notes(self) -> tuple[str, ...]:
        return (*((self.torn,) if self.torn else ()), *(f"{count} × {what}" for what, count in self.skipped.items()))


class Buffer:
    """A file in pieces: memory holds a chunk, or the longest record that was asked for."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.data = b""
        self.at = 0
        self._passed = 0

    @property
    def position(self) -> int:
        """Of `at` in the file, in bytes."""
        return self._passed + self.at

    def has(self, count: int) -> bool:
        """Are `count` bytes there from `at` on? Reads more if needed."""
        if len(self.data) - self.at >= count:
            return True
        return self._fill(count)

    def _fill(self, count: int) -> bool:
        pieces, there = [self.data[self.at :]], len(self.data) - self.at
        while there < count and (piece := self._stream.read(max(CHUNK, count - there))):
            pieces.append(piece)
            there += len(piece)
        self._passed += self.at
        self.data, self.at = b"".join(pieces), 0
        return there >= count

    @property
    def left(self) -> int:
        """Bytes that are there, without reading more."""
        return len(self.data) - self.at


Packets = Iterator[tuple[int, int, bytes, bool | None]]
"""Of each packet what `Packet` has: pcap, which has millions of them, does without its class."""
