"""What one point of capture saw: adverts, claims to addresses, and the frames between clients and a VIP."""

import struct
from collections.abc import Iterable
from functools import cached_property
from typing import Final, NamedTuple

from harness.capture.connection import Connector
from harness.capture.link import ETHERNET, READERS, Frame
from harness.capture.packet import Packets, Reading
from harness.capture.runs import Runs
from harness.model.frames import (
    ETH_ARP,
    ETH_IP,
    ETH_IPV6,
    IPPROTO_AH,
    IPPROTO_TCP,
    IPPROTO_VRRP,
    Advert,
    is_carp,
    read_advert,
    read_arp,
)

MOST_ADVERTS: Final = 100_000  # 28 hours of one a second
MOST_CLAIMS: Final = 100_000
MOST_NAMES: Final = 4_096
MOST_VIPS: Final = 256
VMAC: Final = bytes.fromhex("00005e0001")  # of VRRP on IPv4 (RFC 9568 section 7.3), with the VRID behind it


class AdvertSight(NamedTuple):
    """`mac`: the frame's source. `outgoing`: sent by the machine that captured; None: not told. `vlan`: its tags."""

    t: int
    advert: Advert
    mac: bytes
    outgoing: bool | None
    vlan: tuple[int, ...] = ()


class ClaimSight(NamedTuple):
    """ARP by which a machine says that it has an address."""

    t: int
    ip: str
    mac: bytes  # of ARP's own body: what caches store
    gratuitous: bool
    outgoing: bool | None


class Sight:
    """Takes packets one by one. `vips`: packed addresses to watch; adverts add theirs.

    `leads`: (VIP, MAC of the sender) → runs of the MAC that its frames to the VIP were addressed to.
    `holds`: (VIP, MAC) → when that interface sent frames from the VIP.
    """

    def __init__(self, name: str, vips: Iterable[bytes] = ()) -> None:
        self.name = name
        self.reading = Reading()
        self.vips = set(vips)
        self.adverts: list[AdvertSight] = []
        self.claims: list[ClaimSight] = []
        self.macs: dict[str, bytes] = {}  # IP address → MAC, by ARP
        self.leads: Runs[tuple[bytes, bytes]] = Runs()
        self.holds: Runs[tuple[bytes, bytes]] = Runs()
        self.connector = Connector()
        self.first = self.last = self.packets = 0
        self.links: set[int] = set()
        self.ipv6_adverts = 0
        self._full = ""

    def take(self, packets: Packets) -> None:
        """Until the end, or until one kind is more than can be kept: what comes after that is not judged."""
        for packet in packets:
            self.see(*packet)
            if self._full:
                self.reading.stop(f"not read on after packet {self.packets}: too many {self._full} to keep")
                break
        self.connector.close(self.last)

    @cached_property
    def by_sender(self) -> dict[tuple[int, str], list[AdvertSight]]:
        """(VRID, IP address) → its adverts. For use once all packets are taken."""
        found: dict[tuple[int, str], list[AdvertSight]] = {}
        for each in self.adverts:
            found.setdefault((each.advert.vrid, each.advert.source), []).append(each)
        return found

    @cached_property
    def by_address(self) -> dict[str, list[ClaimSight]]:
        """IP address → the claims to it. For use once all packets are taken."""
        found: dict[str, list[ClaimSight]] = {}
        for each in self.claims:
            found.setdefault(each.ip, []).append(each)
        return found

    @property
    def ethernet(self) -> bool:
        """Do frames tell which interface they are addressed to?"""
        return ETHERNET in self.links

    def see(self, t: int, link: int, data: bytes, outgoing: bool | None = None) -> None:  # noqa: FBT001
        """As `Packet` has it."""
        if not self.packets:
            self.first = self.last = t
        self.packets += 1
        if t > self.last:
            self.last = t
        elif t < self.first:
            self.first = t
        if link != ETHERNET or data[12:14] != b"\x08\x00":
            self._other(t, link, data, outgoing)
            return
        self.links.add(link)  # most frames, with few calls
        if data[23:24] in _ADVERTS:
            self._ip(t, data, Frame(ETH_IP, 14, data[6:12], data[:6], outgoing))
        elif data[30:34] in self.vips or data[26:30] in self.vips:
            self._flow(t, data, 14, (data[6:12], data[:6]))

    def _other(self, t: int, link: int, data: bytes, outgoing: bool | None) -> None:  # noqa: FBT001
        reader = READERS.get(link)
        if reader is None:
            self.reading.skipped[f"packet of link type {link}, which is not read"] += 1
            return
        self.links.add(link)
        frame = reader(data)
        if frame is None:
            self.reading.skipped["frame that is cut off within its header"] += 1
            return
        if outgoing is not None:
            frame = frame._replace(outgoing=outgoing)
        if frame.protocol == ETH_IP:
            self._ip(t, data, frame)
        elif frame.protocol == ETH_ARP:
            self._arp(t, data, frame)
        elif frame.protocol == ETH_IPV6 and data[frame.body + 6 : frame.body + 7] == bytes([IPPROTO_VRRP]):
            self.ipv6_adverts += 1

    def _arp(self, t: int, data: bytes, frame: Frame) -> None:
        arp = read_arp(data[frame.body :])
        if arp is None or arp.sender_ip == "0.0.0.0":  # noqa: S104 - a probe (RFC 5227), no address of ours
            return
        mac = bytes.fromhex(arp.sender_mac.replace(":", ""))
        if arp.sender_ip in self.macs or len(self.macs) < MOST_NAMES:
            self.macs[arp.sender_ip] = mac
        if arp.gratuitous or arp.opcode == _REPLY:
            to_all = arp.gratuitous or frame.destination == _BROADCAST  # an entry takes any reply's MAC address
            self.claims.append(ClaimSight(t, arp.sender_ip, mac, to_all, frame.outgoing))
            if len(self.claims) >= MOST_CLAIMS:
                self._full = "ARP frames"

    def _ip(self, t: int, data: bytes, frame: Frame) -> None:
        at = frame.body
        protocol = data[at + 9 : at + 10]
        if protocol == _ADVERTS[0] or (protocol == _ADVERTS[1] and _is_advert_in_ah(data, at)):
            if len(data) >= at + _IP.size and not int.from_bytes(data[at + 6 : at + 8], "big") & _PART:
                total = data[at + 2] << 8 | data[at + 3]  # Ethernet pads short packets
                self._advert(t, data[at : at + total] if total else data[at:], frame)
        else:
            self._flow(t, data, at, (frame.source, frame.destination))

    def _flow(self, t: int, data: bytes, at: int, macs: tuple[bytes, bytes]) -> None:
        """A packet between a client and a VIP, if it is one. `macs`: of the frame's sender and receiver."""
        if len(data) < at + _IP.size:
            return
        first, total, part, protocol, source, destination = _IP.unpack_from(data, at)
        to_vip = destination in self.vips
        if part & _PART or not (to_vip or source in self.vips):
            return
        sender, receiver = macs
        if not to_vip:
            self.holds.see((source, sender), t)
        elif receiver:
            self.leads.see((destination, sender), t, receiver)
        tcp = at + (first & 0x0F) * 4
        if protocol == IPPROTO_TCP and at + 20 <= tcp <= len(data) - _TCP.size:
            ports, sequence, offset, flags = _TCP.unpack_from(data, tcp)
            # A length of 0 is a segment that the sender left to its card to cut: it has payload.
            size = max(0, total - (tcp - at) - (offset >> 4) * 4) if total else 1
            if to_vip:
                self.connector.asks(source + destination + ports, t, flags, sequence, size, sender)
            else:
                self.connector.answers(destination + source + ports[2:] + ports[:2], t, flags, size, sender)
        if self.leads.full or self.holds.full:
            self._full = "changes of where frames are addressed to"
        elif self.connector.lost:
            self._full = "connections"

    def _advert(self, t: int, packet: bytes, frame: Frame) -> None:
        advert = read_advert(packet)
        if advert is None:
            what = _CARP if is_carp(packet) else "VRRP packet that is no whole advertisement of version 2 or 3"
            self.reading.skipped[what] += 1
            return
        if advert.cut:
            self.reading.skipped["advert with VIPs that are cut off, and not judged (tcpdump -s 256)"] += 1
        for vip in advert.vips:
            if len(self.vips) < MOST_VIPS:
                self.vips.add(bytes(map(int, vip.split("."))))
        self.adverts.append(AdvertSight(t, advert, frame.source, frame.outgoing, frame.vlan))
        if len(self.adverts) >= MOST_ADVERTS:
            self._full = "adverts"


def _is_advert_in_ah(data: bytes, at: int) -> bool:
    header = at + (data[at] & 0x0F) * 4
    return len(data) > header and data[header] == IPPROTO_VRRP


_ADVERTS: Final = (bytes([IPPROTO_VRRP]), bytes([IPPROTO_AH]))
_IP: Final = struct.Struct(">BxH2xHxB2x4s4s")  # its first byte, length, flags and offset; protocol, addresses
_TCP: Final = struct.Struct(">4sI4xBB")  # ports, sequence; offset, flags
_CARP: Final = "CARP advertisement, which is not VRRP"
_REPLY: Final = 2
_BROADCAST: Final = b"\xff" * 6
_PART: Final = 0xBFFF
"""Flags and offset of a packet that is a later fragment, or has a later one: any bit but *don't fragment*."""
