"""What the hand builds ahead and reads back, byte by byte."""

import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from harness.agents.network.adverts import vrid_of
from harness.agents.network.frames import gratuitous
from harness.agents.network.netlink import (
    NETLINK_ROUTE,
    Netlink,
    _acknowledged,
    _attribute,
    _nest,
    address,
    delete_link,
    dormant,
    get_element,
    ifname,
    ipv4_settings_of,
    limit_over,
    link,
    neighbour,
    neighbour_settings_of,
    no_token_bucket,
    packets,
    set_element,
    set_neighbour,
    token_bucket,
)


def _ack(code: int) -> bytes:
    return struct.pack("=IHHIIi", 36, 2, 0, 1, 0, -code) + bytes(16)


@pytest.mark.parametrize(
    "answer, code",
    [(b"", None), (_ack(0), 0), (_ack(2), 2), (_ack(0) + _ack(17), 17), (_ack(17) + _ack(0), 17)],
)
def test_the_first_error_counts(answer: bytes, code: int | None) -> None:
    assert _acknowledged(answer) == code


def test_messages_say_their_own_length() -> None:
    sizes = list[int]()
    for message in (
        link("lb-ext-1.0", up=False),
        delete_link(7),
        *(address(2, "10.77.0.100", 24, present=present) for present in (True, False)),
        neighbour(2, "10.77.0.100", "02:77:00:00:00:01", 0x80),
        set_neighbour(2, {7: bytes(8), 10: bytes(4)}),
        token_bucket(2, 250_000, 16_384, 41_384),
        no_token_bucket(2),
        dormant("harness_some", asleep=True),
        set_element("harness", "few_ingress", bytes(20), present=True, expression=limit_over(3)),
        set_element("harness", "lost_ingress", bytes(20), present=False, last=bytes(20)),
        set_element("harness", "ingress", ifname("lb-ext-1.0"), present=True),
    ):
        sizes, offset = list[int](), 0
        while offset < len(message):
            sizes.append(struct.unpack_from("=I", message, offset)[0])
            offset += (sizes[-1] + 3) & ~3
        assert offset == len(message)
    assert len(sizes) == 3, "begin of the batch, the element, end of the batch"


def test_an_element_has_its_own_limit_and_its_deletion_has_none() -> None:
    """Packets (type 0) over so many in one second, and as many at once."""
    added = set_element("harness", "few_ingress", bytes(20), present=True, expression=limit_over(3))
    assert added.count(b"limit\0") == 1
    assert struct.pack("=HH", 12, 1) + struct.pack(">Q", 3) + struct.pack("=HH", 12, 2) + struct.pack(">Q", 1) in added
    assert struct.pack("=HH", 8, 5) + struct.pack(">I", 1) in added  # those that are too many
    assert b"limit" not in set_element("harness", "few_ingress", bytes(20), present=False)


def answered(*expressions: bytes) -> bytes:
    """As the kernel answers to `get_element`: headers, table, set, one element with these expressions."""
    element = _nest(3, _nest(1, _nest(1, _attribute(1, ifname("lb-ext-1.0"))), *expressions))
    return bytes(20) + _attribute(1, b"harness\0") + _attribute(2, b"ingress\0") + element


def counter(bytes_: int, frames: int) -> bytes:
    counted = _attribute(1, struct.pack(">Q", bytes_)) + _attribute(2, struct.pack(">Q", frames))
    return _nest(7, _attribute(1, b"counter\0"), _nest(2, counted))


@pytest.mark.parametrize(
    "answer, frames",
    [
        (answered(counter(4200, 42)), 42),
        (answered(counter(0, 0)), 0),
        (answered(limit_over(3)), None),
        (answered(), None),
        (answered(counter(1, 1))[:-9], None),
        (b"", None),
    ],
    ids=["some", "none", "a limit only", "no expression", "torn", "empty"],
)
def test_what_an_element_has_met(answer: bytes, frames: int | None) -> None:
    assert packets(answer) == frames


def test_an_element_is_asked_for_by_its_key() -> None:
    asked = get_element("harness_some", "lost_ingress", bytes(20), last=bytes([1] * 20))
    size, kind, flags = struct.unpack_from("=IHH", asked)
    assert (size, kind, flags & 0x300) == (len(asked), 10 << 8 | 13, 0)
    assert bytes([1] * 20) in asked


def test_gratuitous_arp_is_a_broadcast_request_for_its_own_sender() -> None:
    frame = gratuitous(bytes.fromhex("027700000001"), "10.77.0.100")
    sender, target = frame[28:32], frame[38:42]
    assert (frame[:6], frame[12:14], frame[20:22]) == (b"\xff" * 6, b"\x08\x06", b"\x00\x01")
    assert sender == target == bytes([10, 77, 0, 100])
    assert len(frame) == 42


def test_vrid() -> None:
    frame = bytes(14) + b"\x46" + bytes(23) + bytes([0x31, 51, 150])  # a header of 24 bytes: with an option
    assert vrid_of(frame) == 51
    assert vrid_of(frame[:38]) is None
    assert vrid_of(b"") is None


LOOPBACK: Final = 1
CONF, NEIGH = Path("/proc/sys/net/ipv4/conf/lo"), Path("/proc/sys/net/ipv4/neigh/lo")


@pytest.fixture
def kernel() -> Iterator[Netlink]:
    """This machine's own: to read needs no right."""
    opened = Netlink(NETLINK_ROUTE)
    yield opened
    opened.close()


@pytest.mark.parametrize("number, name", [(1, "forwarding"), (8, "rp_filter"), (12, "tag"), (19, "arp_ignore")])
def test_settings_are_read_as_the_kernel_numbers_them(kernel: Netlink, number: int, name: str) -> None:
    assert ipv4_settings_of(kernel, LOOPBACK)[number] == int((CONF / name).read_text())


@pytest.mark.parametrize(
    "number, name",
    [(4, "base_reachable_time_ms"), (5, "retrans_time_ms"), (9, "app_solicit"), (10, "ucast_solicit")],
)
def test_settings_of_neighbours_too(kernel: Netlink, number: int, name: str) -> None:
    told = neighbour_settings_of(kernel, LOOPBACK)[number]
    assert int.from_bytes(told, sys.byteorder) == int((NEIGH / name).read_text())


def test_a_device_that_is_gone_is_an_error_and_no_settings(kernel: Netlink) -> None:
    with pytest.raises(OSError, match="No such device"):
        ipv4_settings_of(kernel, 2**31 - 1)
    assert not neighbour_settings_of(kernel, 2**31 - 1)
