"""What a frame needs when it is sent anew: which checksum is to be computed, and how a large frame is to be cut.

Virtual cables carry TCP's data in pieces of up to 64 kB, without a checksum: the kernel keeps beside such a frame what
a real card would do with it. A copy of its bytes has lost that. Header: linux/virtio_net.h.
"""

import struct
from typing import Final

_HEADER: Final = struct.Struct("=BBHHHH")  # flags, type, length of all headers, segment, where to sum from, to put to
_NOTHING: Final = bytes(_HEADER.size)
_NEEDS_CHECKSUM: Final = 1
_TCP, _UDP = 6, 17
_PLACE: Final = {_TCP: 16, _UDP: 6}  # of the checksum, behind the IP header
_CUT: Final = {_TCP: 1, _UDP: 5}  # VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_HDR_GSO_UDP_L4
_ETHERNET: Final = 14


def described(frame: bytes, segment: int) -> bytes:
    """With the header before it that a packet socket takes (PACKET_VNET_HDR). `segment`: 0, or the size of the pieces.

    Only of TCP and UDP over IPv4, in one fragment: every other frame is complete as it is.
    """
    protocol = _protocol(frame)
    if protocol not in _PLACE:
        return _NOTHING + frame
    upper = _ETHERNET + (frame[14] & 0x0F) * 4
    place = upper + _PLACE[protocol]
    end = upper + ((frame[upper + 12] >> 4) * 4 if protocol == _TCP else 8)
    cut = _CUT[protocol] if segment else 0
    header = _HEADER.pack(_NEEDS_CHECKSUM, cut, end, segment, upper, _PLACE[protocol])
    return header + frame[:place] + _pseudo_sum(frame, protocol, upper).to_bytes(2, "big") + frame[place + 2 :]


def _protocol(frame: bytes) -> int:
    """0 for all but IPv4 in one fragment."""
    whole = len(frame) >= _ETHERNET + 28 and frame[12:14] == b"\x08\x00" and not frame[20] & 0x3F and not frame[21]
    return frame[23] if whole else 0


def _pseudo_sum(frame: bytes, protocol: int, upper: int) -> int:
    """Of the pseudo header (RFC 9293 section 3.1): the kernel adds the rest to it."""
    total = int.from_bytes(frame[16:18], "big") or len(frame) - _ETHERNET
    value = sum(struct.unpack(">4H", frame[26:34])) + protocol + total + _ETHERNET - upper
    while value >> 16:
        value = (value & 0xFFFF) + (value >> 16)
    return int(value)
