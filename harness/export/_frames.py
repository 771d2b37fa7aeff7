"""A frame's bytes: its own, or where a recording has none, put together from the fields that it kept. Pure."""

import ipaddress
import struct
from typing import Final

from harness.history import History
from harness.model.events import AdvertSeen, ArpSeen, VrrpConfigured
from harness.model.topology import Topology
from harness.model.units import s
from harness.model.vrrp_instance import VrrpInstance

REBUILT: Final = (
    "Frames of this recording are put together from the fields that it kept. Invented: of an ARP frame the target's "
    "MAC address; of an advert its TTL, its addresses (those of the lab's file), its authentication (none), and where "
    "keepalived did not tell them, version (2) and interval (1 s)."
)

Frame = ArpSeen | AdvertSeen
_ARP_HEAD: Final = bytes.fromhex("000108000604")
_MULTICAST_MAC, _MULTICAST_IP = bytes.fromhex("01005e000012"), bytes((224, 0, 0, 18))


class Frames:
    """The bytes of a history's frames."""

    def __init__(self, history: History) -> None:
        self._topology = history.topology
        self._told: dict[tuple[str, int], VrrpInstance] = {}
        for each in history.of(VrrpConfigured):
            for instance in each.running.instances:
                self._told.setdefault((each.node, instance.vrid), instance)

    def of(self, seen: Frame) -> bytes:
        if seen.frame:
            return seen.frame
        return _arp(seen) if isinstance(seen, ArpSeen) else self._advert(seen)

    def _advert(self, seen: AdvertSeen) -> bytes:
        told = self._told.get((_node(self._topology, seen), seen.vrid))
        vips = _addresses(self._topology, seen)
        version, interval_ns = (told.version, told.advert_int_ns) if told else (2, s)
        source = _ip(seen.ip)
        body = _third(seen, vips, interval_ns, source) if version == 3 else _second(seen, vips, interval_ns)
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0xC0, 20 + len(body), 0, 0, 255, 112, 0, source, _MULTICAST_IP)
        return _MULTICAST_MAC + _mac(seen.source) + b"\x08\x00" + _summed(head, 10) + body


def wire_length(frame: bytes) -> int:
    """Bytes on the wire as far as the frame says: an IP packet tells its length; what was behind is not kept."""
    return max(len(frame), 14 + int.from_bytes(frame[16:18], "big")) if frame[12:14] == b"\x08\x00" else len(frame)


def _node(topology: Topology, seen: AdvertSeen) -> str:
    """The sender: by its own address, else by its MAC."""
    by_ip = next((port.node for port in topology.ports.values() if port.address == seen.ip), None)
    return by_ip or topology.owner_of_mac(seen.source) or ""


def _addresses(topology: Topology, seen: AdvertSeen) -> list[bytes]:
    segment = topology.segment_of(seen.port)
    routers = [each for each in topology.virtual_routers.values() if each.vrid == seen.vrid]
    here = [each for each in routers if each.segment == segment] or routers[:1]
    named = [_ip(vip.address) for router in here for vip in router.vips if not vip.excluded]
    return [each for each in named if len(each) == 4]


def _second(seen: AdvertSeen, vips: list[bytes], interval_ns: int) -> bytes:
    """VRRP version 2 (RFC 3768): whole seconds."""
    interval = min(255, max(1, round(interval_ns / s)))
    head = struct.pack("!BBBBBBH", 0x21, seen.vrid, seen.priority, len(vips), 0, interval, 0)
    return _summed(head + b"".join(vips) + bytes(8), 6)


def _third(seen: AdvertSeen, vips: list[bytes], interval_ns: int, source: bytes) -> bytes:
    """VRRP version 3 (RFC 9568): centiseconds; its checksum covers addresses of the IP header, too."""
    interval = min(4095, max(1, round(interval_ns * 100 / s)))
    packet = struct.pack("!BBBBHH", 0x31, seen.vrid, seen.priority, len(vips), interval, 0) + b"".join(vips)
    pseudo = source + _MULTICAST_IP + struct.pack("!BBH", 0, 112, len(packet))
    return packet[:6] + struct.pack("!H", checksum(pseudo + packet)) + packet[8:]


def _arp(seen: ArpSeen) -> bytes:
    target = b"\xff" * 6 if seen.gratuitous else bytes(6) if seen.opcode == 1 else _mac(seen.destination)
    ends = _mac(seen.sender_mac), _ip(seen.sender_ip), target, _ip(seen.target_ip)
    body = _ARP_HEAD + struct.pack("!H6s4s6s4s", seen.opcode, *ends)
    return _mac(seen.destination) + _mac(seen.source) + b"\x08\x06" + body


def _summed(data: bytes, at: int) -> bytes:
    """With its checksum in the two bytes at `at`, which are 0 so far."""
    return data[:at] + struct.pack("!H", checksum(data)) + data[at + 2 :]


def checksum(data: bytes) -> int:
    """RFC 1071, of an even number of bytes."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def _ip(text: str) -> bytes:
    return ipaddress.ip_address(text).packed
