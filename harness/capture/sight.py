"""What one point of capture saw: adverts, claims to addresses, and the frames between clients and a VIP."""

from collections.abc import Iterable
from functools import cached_property
from typing import Final, NamedTuple

from harness.capture.connection import Connector, Segment
from harness.capture.link import ETHERNET, READERS, Frame
from harness.capture.packet import Packet, Reading
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

    def take(self, packets: Iterable[Packet]) -> None:
        """Until the end, or until one kind is more than can be kept: what comes after that is not judged."""
        for packet in packets:
            self.see(packet)
            if self._full:
                self.reading.torn = f"not read on after packet {self.packets}: too many {self._full} to keep"
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

    def see(self, packet: Packet) -> None:
        t, link, data, outgoing = packet
        if not self.packets:
            self.first = self.last = t
        self.packets += 1
        if t > self.last:
            self.last = t
        elif t < self.first:
            self.first = t
        if link == ETHERNET and data[12:14] == b"\x08\x00":  # most frames, without a call
            self.links.add(link)
            if len(data) >= 34 and (data[30:34] in self.vips or data[26:30] in self.vips or data[23] in _ADVERTS):
                self._ip(t, data, Frame(ETH_IP, 14, data[6:12], data[:6], outgoing))
            return
        self._other(t, link, data, outgoing)

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
        if len(data) < at + 20 or data[at + 6 : at + 8] not in _WHOLE:
            return
        protocol = data[at + 9]
        if protocol == IPPROTO_VRRP or (protocol == IPPROTO_AH and _is_advert_in_ah(data, at)):
            total = data[at + 2] << 8 | data[at + 3]  # Ethernet pads short packets
            self._advert(t, data[at : at + total] if total else data[at:], frame)
            return
        source, destination = data[at + 12 : at + 16], data[at + 16 : at + 20]
        if destination in self.vips and frame.destination:
            self.leads.see((destination, frame.source), t, frame.destination)
        elif source in self.vips:
            self.holds.see((source, frame.source), t)
        if data[at + 9] == IPPROTO_TCP and (destination in self.vips or source in self.vips):
            self._tcp(t, data, frame, to_vip=destination in self.vips)
        if self.leads.full or self.holds.full:
            self._full = "changes of where frames are addressed to"
        elif self.connector.lost:
            self._full = "connections"

    def _tcp(self, t: int, data: bytes, frame: Frame, *, to_vip: bool) -> None:
        """A length of 0 in the IP header is a segment that the sender left to its card to cut: it has payload."""
        ip = frame.body
        tcp = ip + (data[ip] & 0x0F) * 4
        if len(data) < tcp + 14 or tcp < ip + 20:
            return
        flags, total = data[tcp + 13], data[ip + 2] << 8 | data[ip + 3]
        size = max(0, total - (tcp - ip) - (data[tcp + 12] >> 4) * 4) if total else 1
        segment = Segment(t, flags, int.from_bytes(data[tcp + 4 : tcp + 8], "big"), size, frame.source)
        if to_vip:
            key = data[ip + 12 : ip + 20] + data[tcp : tcp + 4]
            self.connector.asks(key, segment)
        else:
            key = data[ip + 16 : ip + 20] + data[ip + 12 : ip + 16] + data[tcp + 2 : tcp + 4] + data[tcp : tcp + 2]
            self.connector.answers(key, segment)

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


_ADVERTS: Final = (IPPROTO_VRRP, IPPROTO_AH)
_CARP: Final = "CARP advertisement, which is not VRRP"
_REPLY: Final = 2
_BROADCAST: Final = b"\xff" * 6
_WHOLE: Final = (b"\0\0", b"\x40\0")
"""Flags and offset of a packet that is no later fragment and has no later one."""
