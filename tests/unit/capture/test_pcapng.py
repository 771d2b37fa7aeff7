"""pcapng: sections, interfaces with their own clocks, packets, and lengths that lie."""

import struct
from pathlib import Path

import pytest

from harness.capture.packet import Packet, Reading
from harness.capture.read import packets
from harness.model.units import s
from tests.frames import ADVERT, BEGIN

Option = tuple[int, bytes]


def block(order: str, kind: int, body: bytes) -> bytes:
    padded = body + bytes(-len(body) % 4)
    length = struct.pack(f"{order}I", len(padded) + 12)
    return struct.pack(f"{order}I", kind) + length + padded + length


def options(order: str, *each: Option) -> bytes:
    packed = [struct.pack(f"{order}HH", code, len(value)) + value + bytes(-len(value) % 4) for code, value in each]
    return b"".join([*packed, bytes(4)]) if packed else b""


def section(order: str = "<") -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(*each: Option, order: str = "<", link: int = 1) -> bytes:
    return block(order, 1, struct.pack(f"{order}HHI", link, 0, 65_535) + options(order, *each))


def packet(
    units: int, frame: bytes, *each: Option, order: str = "<", number: int = 0, there: int | None = None
) -> bytes:
    size = len(frame) if there is None else there
    head = struct.pack(f"{order}IIIII", number, units >> 32, units & 0xFFFFFFFF, size, len(frame))
    return block(order, 6, head + frame + bytes(-len(frame) % 4) + options(order, *each))


def read(tmp_path: Path, *blocks: bytes) -> tuple[list[Packet], Reading]:
    path, reading = tmp_path / "a.pcapng", Reading()
    path.write_bytes(b"".join(blocks))
    return [Packet(*each) for each in packets(path, reading)], reading


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_packet_of_either_order_of_bytes(tmp_path: Path, order: str) -> None:
    blocks = (section(order), interface(order=order), packet(BEGIN // 1_000, ADVERT, order=order))
    assert read(tmp_path, *blocks)[0] == [Packet(BEGIN, 1, ADVERT)]


@pytest.mark.parametrize(
    "resolution, units", [(9, BEGIN), (6, BEGIN // 1_000), (3, BEGIN // 1_000_000), (0, BEGIN // s), (0x80, BEGIN // s)]
)
def test_the_unit_of_an_interface(tmp_path: Path, resolution: int, units: int) -> None:
    found, _ = read(tmp_path, section(), interface((9, bytes([resolution]))), packet(units, ADVERT))
    assert [each.t for each in found] == [BEGIN]


def test_an_offset_and_a_direction(tmp_path: Path) -> None:
    clock = interface((14, struct.pack("<q", 1_000)))
    sent, got = ((2, struct.pack("<I", direction)) for direction in (2, 1))
    found, _ = read(tmp_path, section(), clock, packet(0, ADVERT, sent), packet(1, ADVERT, got), packet(2, ADVERT))
    assert [(each.t, each.outgoing) for each in found] == [
        (1_000 * s, True), (1_000 * s + 1_000, False), (1_000 * s + 2_000, None),
    ]  # fmt: skip


def test_a_new_section_forgets_the_interfaces(tmp_path: Path) -> None:
    found, reading = read(
        tmp_path, section(), interface(), packet(1, ADVERT), section(">"), packet(1, ADVERT, order=">")
    )
    assert len(found) == 1
    assert reading.notes() == ("1 × packet block without a valid interface, length or stamp",)


def test_other_blocks_are_passed_over(tmp_path: Path) -> None:
    simple = block("<", 3, struct.pack("<I", 60) + ADVERT)
    found, reading = read(tmp_path, section(), interface(), block("<", 5, bytes(12)), simple, packet(1, ADVERT))
    assert len(found) == 1
    assert reading.notes() == ("1 × packet block without a stamp",)


def test_a_packet_that_says_it_has_more_than_its_block(tmp_path: Path) -> None:
    found, reading = read(tmp_path, section(), interface(), packet(1, ADVERT, there=4_000_000_000), packet(1, ADVERT))
    assert len(found) == 1
    assert reading.skipped.total() == 1


@pytest.mark.parametrize("length", [0, 4, 8, 13, 28, 0x7FFFFFFC, 0xFFFFFFFF])
def test_a_block_whose_length_lies(tmp_path: Path, length: int) -> None:
    wrong = struct.pack("<II", 6, length) + bytes(16)
    found, reading = read(tmp_path, section(), interface(), packet(1, ADVERT), wrong)
    assert len(found) == 1
    assert "block at byte" in reading.torn


def test_two_different_lengths(tmp_path: Path) -> None:
    wrong = bytearray(packet(1, ADVERT))
    wrong[-4] ^= 4
    found, reading = read(tmp_path, section(), interface(), bytes(wrong))
    assert not found
    assert "two different lengths" in reading.torn


def test_a_stamp_beyond_all_time(tmp_path: Path) -> None:
    found, reading = read(tmp_path, section(), interface((9, b"\0")), packet(1 << 63, ADVERT))
    assert not found
    assert reading.skipped.total() == 1
