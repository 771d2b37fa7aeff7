"""How the network agent does and undoes its op on adverts (`harness.model.ops.adverts`)."""

import socket
import struct
from functools import partial
from typing import Final

from harness.agents.executor import Ready
from harness.agents.loop import Loop
from harness.agents.network.namespace import inside
from harness.agents.network.repeated import LEAST_NS, Repeated
from harness.agents.network.wiring import Wiring
from harness.model.errors import BadValue
from harness.model.frames import ETH_IP, IPPROTO_VRRP
from harness.model.node import Port
from harness.model.ops import SpeakVrrp
from harness.model.topology import Topology
from harness.model.units import ms, s

GROUP: Final = "224.0.0.18"
_GROUP_MAC: Final = bytes.fromhex("01005e000012")
MOST_NS: Final = 40 * s  # an advert of version 3 has 12 bits for it, in hundredths of a second
_TTL: Final = 255  # RFC 9568 section 5.1.1.3: others are discarded


class AdvertExecutor:
    def __init__(self, loop: Loop, topology: Topology, wiring: Wiring) -> None:
        self._repeated = Repeated(loop)
        self._topology = topology
        self._wiring = wiring

    def prepare(self, op: SpeakVrrp) -> Ready:
        """Raises `AgentError` for a node that is not wired, `BadValue` for an advert that cannot be."""
        self._wiring.cabled(op.node)
        _check(op)
        port = self._topology.node(op.node).port(op.segment)
        send = partial(self._send, port, advert(op, port))
        return Ready(partial(self._repeated.start, op, op.interval_ns, send), partial(self._repeated.stop, op))

    def restore(self, op: SpeakVrrp) -> None:
        """The process that sent the adverts has ended, and with it the adverts."""
        self._repeated.stop(op)

    def _send(self, port: Port, frame: bytes) -> None:
        """The node may have started again since the last time: it has another namespace then."""
        with inside(self._wiring.cabled(port.node).namespace):
            opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        with opened:
            opened.sendto(frame, (port.device, ETH_IP))


def _check(op: SpeakVrrp) -> None:
    for name, value, most in (("vrid", op.vrid, 255), ("priority", op.priority, 255)):
        if not 1 <= value <= most:
            raise BadValue(name, value, f"a whole number from 1 to {most}")
    if not LEAST_NS <= op.interval_ns <= MOST_NS:
        raise BadValue("interval_ns", op.interval_ns, f"{LEAST_NS} to {MOST_NS}")


def advert(op: SpeakVrrp, port: Port) -> bytes:
    """The frame. Of version 2: RFC 3768 section 5.3, without authentication; of version 3: RFC 9568 section 5.2."""
    source, group = socket.inet_aton(port.address), socket.inet_aton(GROUP)
    vrrp = _version_2(op) if op.version == 2 else _version_3(op, source + group)
    header = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0xC0, 20 + len(vrrp), 0, 0, _TTL, IPPROTO_VRRP, 0, source, group
    )  # fmt: skip
    summed = header[:10] + _checksum(header).to_bytes(2, "big") + header[12:]
    mac = bytes.fromhex(port.mac.replace(":", ""))
    return (_GROUP_MAC + mac + ETH_IP.to_bytes(2, "big") + summed + vrrp).ljust(60, b"\0")


def _version_2(op: SpeakVrrp) -> bytes:
    seconds = max(1, round(op.interval_ns / (1_000 * ms)))
    body = _message(0x21, op, bytes([0, seconds]), bytes(8))
    return _summed(body, b"")


def _version_3(op: SpeakVrrp, addresses: bytes) -> bytes:
    """The checksum is also over the pseudo-header: addresses, zero, protocol, length."""
    centiseconds = round(op.interval_ns / (10 * ms))
    body = _message(0x31, op, centiseconds.to_bytes(2, "big"), b"")
    return _summed(body, addresses + struct.pack(">BBH", 0, IPPROTO_VRRP, len(body)))


def _message(kind: int, op: SpeakVrrp, interval: bytes, authentication: bytes) -> bytes:
    """With a checksum of 0. It names one address."""
    head = bytes([kind, op.vrid, op.priority, 1]) + interval + bytes(2)
    return head + socket.inet_aton(op.ip) + authentication


def _summed(message: bytes, pseudo_header: bytes) -> bytes:
    return message[:6] + _checksum(pseudo_header + message).to_bytes(2, "big") + message[8:]


def _checksum(data: bytes) -> int:
    """RFC 1071; `data` of an even length."""
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
