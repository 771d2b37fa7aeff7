"""REP's messages on the trunks: frames of our own form, one socket for each end of a trunk in a ring.

They go to the address of the nearest bridge (IEEE 802.1Q table 8-1), which no bridge forwards, and which a bridge takes
in at a blocked port, too. Ethertype 0x88B6 is the second of IEEE 802's local experimental ones: Cisco has not published
REP's own form. A packet socket is before nftables: what is dropped there is looked up by the caller.
"""

import errno
import socket
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from harness.agents.loop import Loop
from harness.agents.network.frames import marker_source
from harness.model.rep_messages import RepMessage

ETH_REP: Final = 0x88B6
_NEAREST_BRIDGE: Final = bytes.fromhex("0180c200000e")
_SOURCE: Final = marker_source(0xFE)  # no forwarding entry of such an address is reported
_HEADER: Final = _NEAREST_BRIDGE + _SOURCE + ETH_REP.to_bytes(2, "big")
_NOT_SENDABLE: Final = frozenset({errno.ENETDOWN, errno.ENXIO, errno.ENODEV, errno.ENOBUFS})
_SHORTEST: Final = 60
_LONGEST: Final = 1514

_decode: Final = msgspec.json.Decoder(RepMessage).decode


def encode(message: RepMessage) -> bytes:
    """A whole frame: the header, the length of the body in two bytes, the body as JSON."""
    body = msgspec.json.encode(message)
    return (_HEADER + len(body).to_bytes(2, "big") + body).ljust(_SHORTEST, b"\0")


def decode(frame: bytes) -> RepMessage | None:
    """None for a frame that another program has sent under this ethertype."""
    length = int.from_bytes(frame[14:16], "big")
    try:
        message: RepMessage = _decode(frame[16 : 16 + length])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return message


class RingWire:
    """`heard(port, message)` for each message that comes in. The devices must exist."""

    def __init__(self, loop: Loop, ports: Iterable[str], heard: Callable[[str, RepMessage], None]) -> None:
        self._heard = heard
        self._sockets = {port: _bound(port) for port in ports}
        for port, sock in self._sockets.items():
            loop.watch(sock.fileno(), lambda _, port=port: self._read(port))  # type: ignore[misc]

    def send(self, port: str, message: RepMessage) -> None:
        """Without effect while the port has no carrier."""
        try:
            self._sockets[port].send(encode(message))
        except OSError as error:
            if error.errno not in _NOT_SENDABLE:
                raise

    def _read(self, port: str) -> None:
        try:
            frame = self._sockets[port].recv(_LONGEST)
        except BlockingIOError:
            return
        except OSError as error:  # ENETDOWN once, when the device goes down
            if error.errno not in _NOT_SENDABLE:
                raise
            return
        if message := decode(frame):
            self._heard(port, message)


def _bound(device: str) -> socket.socket:
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    sock.bind((device, ETH_REP))
    return sock
