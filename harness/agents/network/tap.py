"""One packet socket over all switch ports: frames with the kernel's timestamps, and a count of what was lost."""

import ctypes
import socket
import struct
import time
from collections.abc import Callable, Iterator
from typing import Final

from harness.agents.lab import wall_minus_mono_ns
from harness.agents.network.frames import FILTER, SNAP, FrameSeen, decode
from harness.model.events import EventsLost, MarkerSeen

# Values that Python's socket module does not name (asm-generic/socket.h, linux/if_packet.h).
SO_ATTACH_FILTER: Final = 26
SO_RCVBUFFORCE: Final = 33
SO_TIMESTAMPNS: Final = 35
SOL_PACKET: Final = 263
PACKET_STATISTICS: Final = 6
PACKET_OUTGOING: Final = 4
ETH_P_ALL: Final = 3

BUFFER: Final = 16 << 20  # bytes: about 0.5 s of the fastest measuring stream
BATCH: Final = 512  # frames per wake-up, so that netlink is not starved

_TIMESTAMP: Final = struct.Struct("=qq")
_STATISTICS: Final = struct.Struct("=II")


class Tap:
    """Reads every port of this namespace. `name_of`: kernel device → port name, None for a device to ignore.

    `switches`: names of the bridges, whose own device is reported for markers only (see `frames`).
    Needs CAP_NET_RAW; the buffer beyond the system's limit needs CAP_NET_ADMIN.
    """

    def __init__(self, name_of: Callable[[str], str | None], switches: frozenset[str]) -> None:
        self._name_of = name_of
        self._switches = switches
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)  # 0: no frame before the filter is set
        _attach(self._socket)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.setblocking(False)
        _bind_every_device(self._socket)

    def fileno(self) -> int:
        return self._socket.fileno()

    def read(self) -> Iterator[FrameSeen]:
        """What has arrived, at most `BATCH` frames, in order of arrival."""
        offset = wall_minus_mono_ns()
        for _ in range(BATCH):
            try:
                frame, ancillary, _, address = self._socket.recvmsg(SNAP, 64)
            except BlockingIOError:
                return
            seconds, ns = _TIMESTAMP.unpack_from(ancillary[0][2])
            event = self._seen(frame, address[0], address[2], seconds * 1_000_000_000 + ns - offset)
            if event is not None:
                yield event

    def _seen(self, frame: bytes, device: str, kind: int, t: int) -> FrameSeen | None:
        outgoing = kind == PACKET_OUTGOING
        if device in self._switches:
            event = decode(frame, device, t, inward=outgoing)
            return event if isinstance(event, MarkerSeen) else None
        port = self._name_of(device)
        return decode(frame, port, t, inward=not outgoing) if port else None

    def lost(self) -> Iterator[EventsLost]:
        """At most one: frames that the socket dropped since the last call."""
        _, drops = _STATISTICS.unpack(self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, _STATISTICS.size))
        if drops:
            yield EventsLost(t=time.monotonic_ns(), source="eye.frames", count=drops)


def _attach(sock: socket.socket) -> None:
    """Sets the classic BPF program: struct sock_fprog {length, pointer}."""
    program = b"".join(struct.pack("=HBBI", *instruction) for instruction in FILTER)
    buffer = ctypes.create_string_buffer(program)
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", len(FILTER), ctypes.addressof(buffer)))


def _bind_every_device(sock: socket.socket) -> None:
    """Binds to ETH_P_ALL on ifindex 0. Python's own `bind` needs a device name: hence libc's."""
    libc = ctypes.CDLL(None, use_errno=True)
    address = struct.pack("=HHiHBB8s", socket.AF_PACKET, socket.htons(ETH_P_ALL), 0, 0, 0, 0, b"")
    if libc.bind(sock.fileno(), address, len(address)):
        raise OSError(ctypes.get_errno(), "bind AF_PACKET to every device")
