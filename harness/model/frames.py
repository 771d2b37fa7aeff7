"""ARP (RFC 826) and VRRP (RFC 9568; version 2: RFC 3768) as they are on the wire, behind the link layer's header.

The lab's eye and `harness judge` both read frames with this. Pure: bytes in, values out.
"""

import hashlib
import socket
import struct
from typing import Final, NamedTuple

from harness.model.units import ms, s

ETH_ARP: Final = 0x0806
ETH_IP: Final = 0x0800
ETH_IPV6: Final = 0x86DD
IPPROTO_TCP: Final = 6
IPPROTO_AH: Final = 51
IPPROTO_VRRP: Final = 112

ARP_ETHERNET_IPV4: Final = b"\x00\x01\x08\x00\x06\x04"
ARP: Final = struct.Struct(">H6s4s6x4s")  # after the fixed part: opcode, sender MAC and IP, target IP
_VRRP: Final = struct.Struct(">BBBBH")  # version and type, VRID, priority, count, interval (version 2: auth, interval)
_VRRP_BYTES: Final = 8
_ADVERTISEMENT: Final = 1
_CENTISECOND: Final = 10 * ms
_PASSWORD: Final = 8  # bytes behind the VIPs of version 2 (RFC 2338 section 5.3.10)
_CARP: Final = (7, 36)  # its number of words of a counter and a hash, and its bytes


class Arp(NamedTuple):
    opcode: int  # 1 request, 2 reply
    sender_mac: str
    sender_ip: str
    target_ip: str

    @property
    def gratuitous(self) -> bool:
        return self.sender_ip == self.target_ip


class Advert(NamedTuple):
    """`ident`: of the IP header. `interval_ns`: as the advert tells it. `vips`: those that the frame has whole.

    `cut`: it names more of them. `authentication`: of version 2, its type, and a digest of the password, never the
    password; "" if the frame does not have it.
    """

    source: str
    destination: str
    ident: int
    vrid: int
    priority: int
    version: int
    interval_ns: int
    vips: tuple[str, ...]
    cut: bool = False
    authentication: str = ""


def format_mac(raw: bytes) -> str:
    return raw.hex(":")


def read_arp(body: bytes) -> Arp | None:
    """None for ARP of anything but IPv4 over Ethernet, and for one that is cut off."""
    if len(body) < len(ARP_ETHERNET_IPV4) + ARP.size or body[:6] != ARP_ETHERNET_IPV4:
        return None
    opcode, sender_mac, sender_ip, target_ip = ARP.unpack_from(body, 6)
    return Arp(opcode, format_mac(sender_mac), socket.inet_ntoa(sender_ip), socket.inet_ntoa(target_ip))


def read_advert(packet: bytes) -> Advert | None:
    """`packet`: from its IPv4 header on. None if it is no VRRP advertisement, or cut off before its interval."""
    packet = _without_ah(packet)
    header = _header_bytes(packet)
    if header < 20 or len(packet) < header + _VRRP.size or packet[9] != IPPROTO_VRRP:
        return None
    kind, vrid, priority, count, interval = _VRRP.unpack_from(packet, header)
    version = kind >> 4
    if kind & 0x0F != _ADVERTISEMENT or version not in (2, 3) or is_carp(packet):
        return None
    vips = _addresses(packet, header + _VRRP_BYTES, count)
    return Advert(
        source=socket.inet_ntoa(packet[12:16]),
        destination=socket.inet_ntoa(packet[16:20]),
        ident=int.from_bytes(packet[4:6], "big"),
        vrid=vrid,
        priority=priority,
        version=version,
        interval_ns=(interval & 0x0FFF) * _CENTISECOND if version == 3 else (interval & 0xFF) * s,
        vips=vips,
        cut=len(vips) < count,
        authentication=_authentication(packet, interval >> 8, header + _VRRP_BYTES + 4 * count) if version == 2 else "",
    )


def is_carp(packet: bytes) -> bool:
    """CARP has VRRP's protocol number, its version 2 and its type, but no password behind what would be VIPs."""
    header = _header_bytes(packet)
    if (
        header < 20
        or len(packet) < header + 4
        or packet[9] != IPPROTO_VRRP
        or packet[header] != 2 << 4 | _ADVERTISEMENT
    ):
        return False
    return (packet[header + 3], int.from_bytes(packet[2:4], "big") - header) == _CARP


def _header_bytes(packet: bytes) -> int:
    """Of the IPv4 header, as it says itself: 20 or more in a valid one. None of an empty packet."""
    return (int.from_bytes(packet[:1]) & 0x0F) * 4


def _without_ah(packet: bytes) -> bytes:
    """Without an authentication header (RFC 4302), which `auth_type AH` puts before the advert."""
    header = _header_bytes(packet)
    if header < 20 or len(packet) < header + 2 or packet[9] != IPPROTO_AH or packet[header] != IPPROTO_VRRP:
        return packet
    behind = header + (packet[header + 1] + 2) * 4
    return packet[:9] + bytes([IPPROTO_VRRP]) + packet[10:header] + packet[behind:]


def _authentication(packet: bytes, kind: int, begin: int) -> str:
    """As keepalived's `auth_type` calls it. Two passwords are different if their digests are."""
    if kind != 1:
        return {0: "none", 2: "AH"}.get(kind, str(kind))
    password = packet[begin : begin + _PASSWORD]
    whole = len(password) == _PASSWORD
    return f"PASS {hashlib.blake2b(password, digest_size=8).hexdigest()}" if whole else ""


def _addresses(packet: bytes, begin: int, count: int) -> tuple[str, ...]:
    whole = min(count, (len(packet) - begin) // 4)
    return tuple(socket.inet_ntoa(packet[at : at + 4]) for at in range(begin, begin + 4 * whole, 4))
