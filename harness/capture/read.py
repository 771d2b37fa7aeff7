"""Opens a capture file: which format it has, by its first bytes."""

from pathlib import Path
from typing import Final

from harness.capture import pcap, pcapng
from harness.capture.packet import Buffer, Packets, Reading
from harness.model.errors import UsageError

_PACKED: Final = {
    b"\x1f\x8b": "gzip -dc", b"\x28\xb5": "zstd -dc", b"\xfd7": "xz -dc", b"BZ": "bzip2 -dc", b"\x04\x22": "lz4 -dc",
    b"PK": "unzip -p",
}  # fmt: skip


def packets(path: Path, reading: Reading) -> Packets:
    """Every packet of the file, in its order. Raises `UsageError` if it is no capture, or cannot be read."""
    if path.exists() and not path.is_file():
        raise UsageError(f"{str(path)!r} is no regular file: a capture is read twice. Write it to a file first.")
    try:
        with path.open("rb") as stream:
            buffer = Buffer(stream)
            buffer.has(4)
            magic = buffer.data[:4]
            if magic in pcap.MAGIC:
                yield from pcap.packets(buffer, reading)
            elif magic == pcapng.MAGIC:
                yield from pcapng.packets(buffer, reading)
            else:
                raise UsageError(_no_capture(path, magic))
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be read: {error.strerror}.") from error


def _no_capture(path: Path, magic: bytes) -> str:
    unpack = _PACKED.get(magic[:2])
    if unpack:
        return f"{str(path)!r} is packed. Unpack it first: {unpack} PACKED > FILE"
    first = magic.hex(" ") or "nothing"
    valid = "Valid are pcap and pcapng, as tcpdump -w FILE writes them"
    return f"{str(path)!r} is no capture: it begins with {first}. {valid}."
