"""A frame that is sent anew: the checksum that the kernel completes is the right one, whatever was in the frame."""

import struct

import pytest

from harness.agents.network.offload import described

ADDRESSES = bytes([10, 77, 0, 1, 10, 77, 0, 2])
TCP, UDP, ICMP, VRRP = 6, 17, 1, 112


def ip(protocol: int, upper: bytes, options: bytes = b"", fragment: bytes = b"\x40\x00") -> bytes:
    """An Ethernet frame of 60 bytes or more, as cards send it."""
    words, total = 5 + len(options) // 4, 20 + len(options) + len(upper)
    header = struct.pack(">BBH2x2sBBH", 0x40 | words, 0, total, fragment, 64, protocol, 0) + ADDRESSES + options
    return (bytes(12) + b"\x08\x00" + header + upper).ljust(60, b"\0")


def tcp(payload: bytes) -> bytes:
    return struct.pack(">HHIIBBHHH", 7000, 40000, 1, 2, 0x80, 0x18, 500, 0xBEEF, 0) + bytes(12) + payload


def udp(payload: bytes) -> bytes:
    return struct.pack(">HHHH", 7000, 53, 8 + len(payload), 0xBEEF) + payload


def ones(data: bytes | bytearray) -> int:
    """RFC 1071."""
    value: int = sum(struct.unpack(f">{(len(data) + 1) // 2}H", data + bytes(len(data) % 2)))
    while value >> 16:
        value = (value & 0xFFFF) + (value >> 16)
    return int(value)


@pytest.mark.parametrize("options", [b"", bytes(8)], ids=["plain", "options"])
@pytest.mark.parametrize("payload", [b"", b"x", bytes(range(256)) * 5])
@pytest.mark.parametrize("protocol, place", [(TCP, 16), (UDP, 6)])
def test_the_kernel_completes_the_sum_of_the_pseudo_header(
    protocol: int, place: int, payload: bytes, options: bytes
) -> None:
    """It adds the sum from `start` on, and puts the complement to `start` + `offset`. A receiver then gets 0xFFFF."""
    upper = tcp(payload) if protocol == TCP else udp(payload)
    sent = described(ip(protocol, upper, options), 0)
    flags, cut, _, segment, start, offset = struct.unpack("=BBHHHH", sent[:10])
    assert (flags, cut, segment, offset) == (1, 0, 0, place)
    data = bytearray(sent[10:][start : start + len(upper)])
    data[offset : offset + 2] = (ones(data) ^ 0xFFFF).to_bytes(2, "big")
    assert ones(ADDRESSES + bytes([0, protocol]) + len(upper).to_bytes(2, "big") + data) == 0xFFFF
    assert data[:offset] == upper[:offset]
    assert data[offset + 2 :] == upper[offset + 2 :]


@pytest.mark.parametrize(
    "protocol, upper, cut, headers", [(TCP, tcp(bytes(9_000)), 1, 66), (UDP, udp(bytes(9_000)), 5, 42)]
)
def test_a_large_frame_is_cut_behind_its_headers(protocol: int, upper: bytes, cut: int, headers: int) -> None:
    sent = described(ip(protocol, upper), 1_448)
    assert struct.unpack("=BBHH", sent[:6]) == (1, cut, headers, 1_448)


@pytest.mark.parametrize(
    "frame",
    [
        ip(ICMP, bytes(64)),
        ip(VRRP, bytes(20)),
        ip(TCP, tcp(bytes(100)), fragment=b"\x20\x00"),  # the first of several
        ip(UDP, udp(bytes(100)), fragment=b"\x00\x10"),  # a later one
        bytes(12) + b"\x08\x06" + bytes(46),
        bytes(12) + b"\x86\xdd" + bytes(9) + bytes([TCP]) + bytes(60),
        b"short",
    ],
    ids=["icmp", "vrrp", "first fragment", "fragment", "arp", "ipv6", "short"],
)
def test_every_other_frame_is_complete_as_it_is(frame: bytes) -> None:
    assert described(frame, 0) == bytes(10) + frame
