"""Frames at the switch ports: which ones the eye takes, and how they are decoded. Pure; `tap` owns the socket.

What a tap sees (AF_PACKET in the switches' namespace, every port at once), shown by tests/lab/test_eye.py:

- A frame that comes in from the cable is seen **before** nftables (prerouting): an *inward* sighting at a port says
  that the frame reached the port, not that it passed.
- A frame that leaves by a port is seen **after** nftables (postrouting): an *outward* sighting says that it passed.
- The switch's own device (named like the switch) is a port too: *inward* = sent by the switch itself, *outward* =
  delivered to the switch itself. A broadcast is delivered there as well as at its ports, so only markers are
  reported for it.

Hence, for ``Drop(P, "ingress")``: offered = inward at P, passed = the same frame outward anywhere later. For
``Drop(P, "egress")``: offered = inward at the port that feeds P, passed = outward at P. See `harness.history.wire`.
"""

import socket
import struct
from typing import Final

from harness.model.events import AdvertSeen, ArpSeen, MarkerSeen
from harness.model.frames import (
    ARP,
    ARP_ETHERNET_IPV4,
    ETH_ARP,
    ETH_IP,
    IPPROTO_VRRP,
    format_mac,
    read_advert,
    read_arp,
)

ETH_MARKER: Final = 0x88B5  # IEEE 802 local experimental ethertype 1: no node has a handler for it
SNAP: Final = 96  # bytes of a frame that the decoders below may need; an advert of 13 addresses is whole
ARP_BYTES: Final = 42

_BROADCAST: Final = b"\xff" * 6
_MARKER: Final = struct.Struct(">HQ")  # stream, number
_MARKER_SOURCE: Final = bytes.fromhex("0288b50000")  # + stream, last byte

# Classic BPF (code, jump if true, jump if false, k): ARP, markers, or IPv4 with protocol VRRP; else 0 bytes.
FILTER: Final = (
    (0x28, 0, 0, 12),
    (0x15, 4, 0, ETH_ARP),
    (0x15, 3, 0, ETH_MARKER),
    (0x15, 0, 3, ETH_IP),
    (0x30, 0, 0, 23),
    (0x15, 0, 1, IPPROTO_VRRP),
    (0x06, 0, 0, SNAP),
    (0x06, 0, 0, 0),
)

FrameSeen = ArpSeen | AdvertSeen | MarkerSeen


def decode(frame: bytes, port: str, t: int, *, inward: bool) -> FrameSeen | None:
    """The frame as an event; None if it is truncated, or ARP for anything but IPv4 over Ethernet."""
    ethertype = int.from_bytes(frame[12:14], "big")
    decoder = _DECODERS.get(ethertype)
    try:
        return decoder(frame, port, t, inward) if decoder else None
    except (struct.error, IndexError, OSError):  # shorter than its headers say
        return None


def gratuitous(mac: bytes, vip: str) -> bytes:
    """Broadcast ARP request, sender IP = target IP (RFC 5227 section 3): keepalived's form."""
    address = socket.inet_aton(vip)
    arp = ARP_ETHERNET_IPV4 + ARP.pack(1, mac, address, address)
    return _BROADCAST + mac + ETH_ARP.to_bytes(2, "big") + arp


def card_announcement(mac: bytes) -> bytes:
    """A fabric interconnect's gratuitous ARP on behalf of a card: it knows no IP address, and names 0.0.0.0."""
    return gratuitous(mac, "0.0.0.0")


def marker(destination: bytes, stream: int, number: int) -> bytes:
    """One frame of a measuring stream, 60 bytes: Ethernet's minimum."""
    source = marker_source(stream)
    return (destination + source + ETH_MARKER.to_bytes(2, "big") + _MARKER.pack(stream, number)).ljust(60, b"\0")


def marker_source(stream: int) -> bytes:
    """The sender's MAC: locally administered and recognisable, so that no forwarding entry for it is reported."""
    return _MARKER_SOURCE + bytes([stream & 0xFF])


def is_marker_mac(mac: bytes) -> bool:
    return mac.startswith(_MARKER_SOURCE)


def _arp(frame: bytes, port: str, t: int, inward: bool) -> ArpSeen | None:  # noqa: FBT001
    arp, (destination, source) = read_arp(frame[14:]), _ends(frame)
    return ArpSeen(t, port, inward, source, destination, *arp, frame=frame[:ARP_BYTES]) if arp else None


def _advert(frame: bytes, port: str, t: int, inward: bool) -> AdvertSeen | None:  # noqa: FBT001
    """RFC 5798 section 5.2: the count of addresses is the fourth byte. The sender is the IP source address.

    The authentication data of version 2 stands behind the addresses.
    """
    advert, (_, source) = read_advert(frame[14:]), _ends(frame)
    if advert is None:
        return None
    vrrp = 14 + (frame[14] & 0x0F) * 4
    headers = frame[: vrrp + 8 + 4 * frame[vrrp + 3]]
    return AdvertSeen(t, port, inward, source, advert.source, advert.vrid, advert.priority, frame=headers)


def _ends(frame: bytes) -> tuple[str, str]:
    """(destination, source)."""
    return format_mac(frame[:6]), format_mac(frame[6:12])


def _marker(frame: bytes, port: str, t: int, inward: bool) -> MarkerSeen:  # noqa: FBT001
    stream, number = _MARKER.unpack_from(frame, 14)
    return MarkerSeen(t=t, port=port, inward=inward, stream=stream, number=number)


_DECODERS: Final = {ETH_ARP: _arp, ETH_IP: _advert, ETH_MARKER: _marker}
