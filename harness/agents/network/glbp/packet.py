"""The Ethernet frames that GLBP needs: messages in UDP over IPv4, and answers to ARP. Pure."""

import socket
import struct
from typing import Final, NamedTuple

from harness.agents.network.glbp.wire import MULTICAST_IP, PORT, Message, decode, encode
from harness.model.frames import ARP, ARP_ETHERNET_IPV4, ETH_ARP, ETH_IP

MULTICAST_MAC: Final = bytes.fromhex("01005e000066")  # RFC 1112 section 6.4, of 224.0.0.102
_ETHERNET: Final = 14
_LEAST: Final = 60  # bytes of a frame without its checksum
_IP: Final = struct.Struct(">BBHHHBBH4s4s")
_UDP: Final = struct.Struct(">HHHH")
_TTL: Final = 255  # Cisco's control protocols: a packet that was routed has less
_PRECEDENCE: Final = 0xC0  # internetwork control
_REQUEST, _REPLY = 1, 2


class Heard(NamedTuple):
    ip: str  # of the sender
    message: Message


class Asked(NamedTuple):
    """A host asks for the MAC address of `target`."""

    mac: bytes
    ip: bytes
    target: str


def frame(message: Message, source: bytes, ip: str, destination: bytes = MULTICAST_MAC) -> bytes:
    """To all gateways of the group. `source`: the MAC address that switches learn; `ip`: the sender's own."""
    payload = encode(message)
    addresses = socket.inet_aton(ip) + socket.inet_aton(MULTICAST_IP)
    udp = _UDP.pack(PORT, PORT, _UDP.size + len(payload), 0) + payload
    checked = addresses + struct.pack(">HH", socket.IPPROTO_UDP, len(udp)) + udp
    udp = udp[:6] + struct.pack(">H", _checksum(checked) or 0xFFFF) + udp[8:]  # RFC 768: 0 is sent as all ones
    size, ends = _IP.size + len(udp), (addresses[:4], addresses[4:])
    header = _IP.pack(0x45, _PRECEDENCE, size, 0, 0, _TTL, socket.IPPROTO_UDP, 0, *ends)
    header = _IP.pack(0x45, _PRECEDENCE, size, 0, 0, _TTL, socket.IPPROTO_UDP, _checksum(header), *ends)
    return (destination + source + ETH_IP.to_bytes(2, "big") + header + udp).ljust(_LEAST, b"\0")


def heard(received: bytes) -> Heard | None:
    """A message of GLBP in a frame; None if it is anything else, or cut off."""
    packet = received[_ETHERNET:]
    if received[12:14] != ETH_IP.to_bytes(2, "big") or len(packet) < _IP.size or packet[9] != socket.IPPROTO_UDP:
        return None
    udp = packet[(packet[0] & 0x0F) * 4 :]
    if len(udp) < _UDP.size:
        return None
    source, destination, length, _ = _UDP.unpack_from(udp)
    if (source, destination) != (PORT, PORT) or not _UDP.size <= length <= len(udp):
        return None
    message = decode(udp[_UDP.size : length])
    return Heard(socket.inet_ntoa(packet[12:16]), message) if message else None


def asked(received: bytes) -> Asked | None:
    """A host's ARP request. Gratuitous ARP and an RFC 5227 probe, which has no sender address, ask for nothing."""
    body = received[_ETHERNET:]
    if received[12:14] != ETH_ARP.to_bytes(2, "big") or len(body) < 6 + ARP.size or body[:6] != ARP_ETHERNET_IPV4:
        return None
    opcode, mac, ip, target = ARP.unpack_from(body, 6)
    if opcode != _REQUEST or ip in (target, bytes(4)):
        return None
    return Asked(mac, ip, socket.inet_ntoa(target))


def answer(question: Asked, vmac: bytes, source: bytes) -> bytes:
    """`vmac`: what the host shall use. `source`: the gateway's own MAC address: switches must not learn `vmac` here."""
    arp = struct.pack(">H6s4s6s4s", _REPLY, vmac, socket.inet_aton(question.target), question.mac, question.ip)
    return (question.mac + source + ETH_ARP.to_bytes(2, "big") + ARP_ETHERNET_IPV4 + arp).ljust(_LEAST, b"\0")


def _checksum(data: bytes) -> int:
    """RFC 1071."""
    data += bytes(len(data) % 2)
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
