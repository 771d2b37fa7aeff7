"""Capture files as they are written, and as they are torn."""

import struct
from pathlib import Path

import pytest

from harness.capture.packet import CHUNK, Packet, Reading
from harness.capture.read import packets
from harness.model.errors import UsageError
from tests.frames import ADVERT, BEGIN, pcap


def read(path: Path) -> tuple[list[Packet], Reading]:
    reading = Reading()
    return [Packet(*each) for each in packets(path, reading)], reading


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nanoseconds", [True, False])
def test_order_of_bytes_and_unit_of_stamps(tmp_path: Path, order: str, nanoseconds: bool) -> None:  # noqa: FBT001
    t = BEGIN + 123_456_789
    found, reading = read(pcap(tmp_path / "a", [(t, ADVERT)], nanoseconds=nanoseconds, order=order))
    assert found == [Packet(t if nanoseconds else t - 789, 1, ADVERT)]
    assert reading.notes() == ()


def test_a_file_that_ends_within_a_record(tmp_path: Path) -> None:
    path = pcap(tmp_path / "a", [(BEGIN, ADVERT), (BEGIN, ADVERT)])
    whole = path.read_bytes()
    for cut in (1, len(ADVERT), len(ADVERT) + 1, len(ADVERT) + 15):
        path.write_bytes(whole[:-cut])
        found, reading = read(path)
        assert len(found) == 1
        assert "ends within the record at byte" in reading.torn


def test_a_length_that_lies(tmp_path: Path) -> None:
    path = pcap(tmp_path / "a", [(BEGIN, ADVERT)])
    record = struct.pack("<IIII", 1_700_000_000, 0, 0xFFFFFFFF, 60)
    path.write_bytes(path.read_bytes() + record + bytes(100))
    found, reading = read(path)
    assert len(found) == 1
    assert "4294967295 bytes" in reading.torn


def test_records_across_the_pieces_that_are_read(tmp_path: Path) -> None:
    frames = [(BEGIN + i, bytes([i % 256]) * 200) for i in range(3 * CHUNK // 216)]
    found, reading = read(pcap(tmp_path / "a", frames))
    assert [(each.t, each.data) for each in found] == frames
    assert not reading.torn


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "begins with nothing"),
        (b"GET / HTTP/1.1", "begins with 47 45 54 20"),
        (b"\x1f\x8b\x08\x00", "gzip -dc"),
        (b"\x04\x22\x4d\x18", "lz4 -dc"),
        (b"PK\x03\x04", "unzip -p"),
    ],
)
def test_what_is_no_capture(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        read(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read(tmp_path / "none")
    with pytest.raises(UsageError, match="no regular file"):
        read(tmp_path)


def test_a_header_that_is_cut_off(tmp_path: Path) -> None:
    path = pcap(tmp_path / "a", [])
    path.write_bytes(path.read_bytes()[:10])
    found, reading = read(path)
    assert not found
    assert "within its header" in reading.torn
