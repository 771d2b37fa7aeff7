"""Waits for one VRRP advert at some ports, with the kernel's timestamp, so that a plan can start in phase with it."""

import ctypes
import socket
import struct
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from harness.agents.lab import wall_minus_mono_ns
from harness.agents.loop import Loop

_ETH_P_ALL: Final = 3
_OUTGOING: Final = 4  # PACKET_OUTGOING: from the switch to the node, not the node's own advert
_SO_ATTACH_FILTER, _SO_TIMESTAMPNS = 26, 35
_SNAP: Final = 96

# Classic BPF: the first bytes of IPv4 with protocol 112; nothing of any other frame.
_VRRP: Final = (
    (0x28, 0, 0, 12),
    (0x15, 0, 3, 0x0800),
    (0x30, 0, 0, 23),
    (0x15, 0, 1, 112),
    (0x06, 0, 0, _SNAP),
    (0x06, 0, 0, 0),
)


class AdvertWait:
    """Skips `skip` adverts of `vrid` that come in at `devices`, then calls `found(t)` once for the next.

    If two devices are ready in one turn of the loop, either may be read first.
    """

    def __init__(self, loop: Loop, devices: Iterable[str], vrid: int, skip: int, found: Callable[[int], None]) -> None:
        self._loop = loop
        self._vrid = vrid
        self._skip = skip
        self._found = found
        self._sockets = [_listen(device) for device in devices]
        for each in self._sockets:
            loop.watch(each.fileno(), partial(self._read, each))
        loop.expect()

    def stop(self) -> None:
        """Idempotent."""
        if not self._sockets:
            return
        for each in self._sockets:
            self._loop.forget(each.fileno())
            each.close()
        self._sockets.clear()
        self._loop.expect_no_more()

    def _read(self, ready: socket.socket, _: int) -> None:
        if ready.fileno() < 0:
            return  # the advert came at another device in this turn of the loop
        frame, ancillary, _flags, address = ready.recvmsg(_SNAP, 64)
        if address[2] == _OUTGOING or vrid_of(frame) != self._vrid:
            return
        self._skip -= 1
        if self._skip < 0:
            seconds, ns = struct.unpack_from("=qq", ancillary[0][2])
            self.stop()
            self._found(seconds * 1_000_000_000 + ns - wall_minus_mono_ns())


def vrid_of(frame: bytes) -> int | None:
    """RFC 5798 section 5.2: the second byte behind the IPv4 header; None for a truncated frame."""
    position = 14 + (frame[14] & 0x0F) * 4 + 1 if len(frame) > 14 else len(frame)
    return frame[position] if position < len(frame) else None


def attach(sock: socket.socket, program: tuple[tuple[int, int, int, int], ...]) -> None:
    """Sets a classic BPF program: struct sock_fprog {length, pointer}."""
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *instruction) for instruction in program))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", len(program), ctypes.addressof(code)))


def _listen(device: str) -> socket.socket:
    sock = socket.socket(
        socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0
    )  # 0: no frame before the filter is set
    attach(sock, _VRRP)
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    sock.bind((device, _ETH_P_ALL))
    return sock
