"""Frames and capture files for tests of `harness judge`, byte by byte."""

import socket
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from harness.model.events import AdvertSeen, ArpSeen
from harness.model.units import ms, s

BEGIN: Final = 1_700_000_000 * s
VIP: Final = "10.77.0.100"
MACS: Final = {
    "10.77.0.1": "027700000001",
    "10.77.0.2": "027700000002",
    "10.77.0.11": "02770000000b",
    "10.77.0.12": "02770000000c",
}
BROADCAST: Final = "ffffffffffff"
GROUP: Final = "01005e000012"
SYN, SYN_ACK, ACK, FIN_ACK, RST_ACK = 2, 18, 16, 17, 20

Stamped = tuple[int, bytes]


def ethernet(destination: str, source: str, kind: int, body: bytes) -> bytes:
    return (bytes.fromhex(destination) + bytes.fromhex(source) + struct.pack(">H", kind) + body).ljust(60, b"\0")


def ipv4(source: str, destination: str, protocol: int, body: bytes, ident: int = 0) -> bytes:
    addresses = socket.inet_aton(source) + socket.inet_aton(destination)
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), ident, 0, 64, protocol, 0) + addresses + body


def advert(
    source: str, vrid: int, priority: int, *vips: str, ident: int = 0, version: int = 3, interval_ns: int = s
) -> bytes:
    mac = ":".join(MACS[source][i : i + 2] for i in range(0, 12, 2))
    seen = AdvertSeen(0, "", True, mac, source, vrid, priority)
    return vrrp_frame(seen, version, interval_ns, vips, ident)


def with_password(frame: bytes, password: bytes, kind: int = 1) -> bytes:
    """A frame of `advert` of version 2, with the authentication that RFC 2338 has behind the VIPs."""
    header, body = bytearray(frame[14:34]), bytearray(frame[34:])
    body = body[: int.from_bytes(header[2:4], "big") - 20]
    body[4] = kind
    header[2:4] = (20 + len(body) + 8).to_bytes(2, "big")
    return (frame[:14] + bytes(header) + bytes(body) + password.ljust(8, b"\0")).ljust(60, b"\0")


def in_ah(frame: bytes) -> bytes:
    """A frame of `advert` behind an authentication header (RFC 4302), as `auth_type AH` sends it."""
    header, length = bytearray(frame[14:34]), int.from_bytes(frame[16:18], "big")
    header[2:4], header[9] = (length + 24).to_bytes(2, "big"), 51
    body = bytes([112, 4, 0, 0]) + bytes(20) + frame[34 : 14 + length]
    return (frame[:14] + bytes(header) + body).ljust(60, b"\0")


def carp(number: int, vhid: int = 51) -> bytes:
    """What OpenBSD and pfSense send by the same IP protocol: a counter and a hash, different each time."""
    told = bytes([0x21, vhid, 0, 7, 0, 1, 0, 0]) + number.to_bytes(8, "big") + number.to_bytes(20, "little")
    return ethernet(GROUP, f"00005e0001{vhid:02x}", 0x0800, ipv4("10.77.0.201", "224.0.0.18", 112, told, number))


def arp(sender: str, target: str, opcode: int = 1, mac: str = "", to: str = BROADCAST) -> bytes:
    """`mac`: of the sender, where it is not the one of its address."""
    own = mac or MACS[sender]
    body = b"\x00\x01\x08\x00\x06\x04" + struct.pack(">H", opcode) + bytes.fromhex(own) + socket.inet_aton(sender)
    return ethernet(to, own, 0x0806, body + bytes(6) + socket.inet_aton(target))


def arp_frame(seen: ArpSeen) -> bytes:
    """As the lab's eye saw it."""
    own = bytes.fromhex(seen.sender_mac.replace(":", ""))
    body = b"\x00\x01\x08\x00\x06\x04" + struct.pack(">H", seen.opcode) + own + socket.inet_aton(seen.sender_ip)
    ends = (seen.destination.replace(":", ""), seen.source.replace(":", ""))
    return ethernet(*ends, 0x0806, body + bytes(6) + socket.inet_aton(seen.target_ip))


def vrrp_frame(seen: AdvertSeen, version: int, interval_ns: int, vips: tuple[str, ...], ident: int) -> bytes:
    """As the lab's eye saw it, with what an event does not tell."""
    addresses = b"".join(map(socket.inet_aton, vips))
    timer = struct.pack(">H", interval_ns // (10 * ms)) if version == 3 else bytes([0, interval_ns // s])
    body = bytes([version << 4 | 1, seen.vrid, seen.priority, len(vips)]) + timer + b"\0\0" + addresses
    return ethernet(GROUP, seen.source.replace(":", ""), 0x0800, ipv4(seen.ip, "224.0.0.18", 112, body, ident))


def garp(mac: str, vip: str = VIP) -> bytes:
    return arp(vip, vip, mac=mac)


def tcp(
    source: str,
    destination: str,
    ports: tuple[int, int],
    flags: int,
    payload: bytes = b"",
    *,
    macs: tuple[str, str] = ("", ""),
) -> bytes:
    """`macs`: source and destination; without them a gateway's and the first balancer's."""
    toward = destination == VIP
    own, other = macs if macs[0] else ((_GATEWAY, _BALANCER) if toward else (_BALANCER, _GATEWAY))
    body = struct.pack(">HHIIBBHHH", *ports, 1, 1, 0x50, flags, 65_535, 0, 0) + payload
    return ethernet(other, own, 0x0800, ipv4(source, destination, 6, body))


def pcap(path: Path, frames: Iterable[Stamped], *, nanoseconds: bool = True, order: str = "<", link: int = 1) -> Path:
    unit = 1 if nanoseconds else 1_000
    out = [struct.pack(f"{order}IHHiIII", 0xA1B23C4D if nanoseconds else 0xA1B2C3D4, 2, 4, 0, 0, 65_535, link)]
    for t, frame in frames:
        seconds, part = divmod(t, s)
        out.append(struct.pack(f"{order}IIII", seconds, part // unit, len(frame), len(frame)) + frame)
    path.write_bytes(b"".join(out))
    return path


_GATEWAY, _BALANCER = MACS["10.77.0.11"], MACS["10.77.0.1"]
ADVERT: Final = advert("10.77.0.1", 51, 150, VIP)
