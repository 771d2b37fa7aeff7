"""Captures the cables of some devices of a lab, as tcpdump at each device's own interface would, into pcap files.

A program runs in the network agent's container, where the cables' other ends are: what a device sends is seen before
the switch may drop it, what it receives after that.
"""

import struct
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

RECORD: Final = struct.Struct("<BBQH")  # number of the device, outgoing, ns since 1970, bytes

PROGRAM: Final = """
import ctypes, socket, struct, sys
names = {name.encode(): i for i, name in enumerate(sys.argv[1:])}
sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
sock.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)
sock.setsockopt(socket.SOL_SOCKET, 35, 1)
libc = ctypes.CDLL(None, use_errno=True)
address = struct.pack("=HHiHBB8s", socket.AF_PACKET, socket.htons(3), 0, 0, 0, 0, b"")
if libc.bind(sock.fileno(), address, len(address)):
    raise OSError(ctypes.get_errno(), "bind")
out = sys.stdout.buffer
out.write(b"ready\\n")
out.flush()
while True:
    frame, ancillary, _, where = sock.recvmsg(128, 64)
    number = names.get(where[0].encode())
    if number is None:
        continue
    seconds, ns = struct.unpack_from("=qq", ancillary[0][2])
    out.write(struct.pack("<BBQH", number, where[2] != 4, seconds * 1_000_000_000 + ns, len(frame)) + frame)
    if ns % 50_000_000 < 2_000_000:
        out.flush()
"""


class Caught(NamedTuple):
    """`outgoing`: the device sent it."""

    device: int
    outgoing: bool
    t: int
    frame: bytes


def start(container: str, taps: Iterable[str], spool: Path) -> subprocess.Popen[bytes]:
    """`taps`: kernel names of the cables' ends at the switches. Ends when it is killed, or with the container."""
    argv = ["docker", "exec", "-i", container, "python3", "-c", PROGRAM, *taps]
    with spool.open("wb") as out:
        return subprocess.Popen(argv, stdout=out, stdin=subprocess.DEVNULL)


def read(spool: Path) -> Iterator[Caught]:
    """Without a record that the end of the program tore."""
    data = spool.read_bytes()
    at = data.find(b"\n") + 1
    while at + RECORD.size <= len(data):
        device, outgoing, t, size = RECORD.unpack_from(data, at)
        at += RECORD.size + size
        if at <= len(data):
            yield Caught(device, bool(outgoing), t, data[at - size : at])


def write(path: Path, frames: Iterable[Caught], clock_ns: int) -> None:
    """A pcap with stamps of nanoseconds, on a clock that is `clock_ns` ahead."""
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 128, 1))
        for each in frames:
            seconds, part = divmod(each.t + clock_ns, 1_000_000_000)
            out.write(struct.pack("<IIII", seconds, part, len(each.frame), len(each.frame)) + each.frame)


def clocks(names: Iterable[str]) -> Mapping[str, int]:
    """For each device a clock of its own, up to minutes apart."""
    return {name: i * 37_123_456_789 for i, name in enumerate(names)}
