"""Whatever a file says: a clear error, or a judgement that says what is missing. Never a traceback."""

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.capture import judge
from harness.model.errors import HarnessError
from tests.captures import june_13
from tests.frames import BEGIN, pcap
from tests.unit.capture.test_pcapng import interface, packet, section

SETTINGS = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def survives(path: Path) -> None:
    try:
        judged = judge([path])
    except HarnessError as error:
        assert str(error).endswith((".", "'", "FILE"))  # noqa: PT017 - one of the two must be
        return
    for vip in judged.vips:
        for each in vip.checks:
            assert each.sentence
            assert "The check itself failed" not in each.sentence
            assert not each.inconclusive or "Missing: " in each.sentence, each


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    story = june_13()
    folder = tmp_path_factory.mktemp("whole")
    frames = [each for each in sorted(story.points["lb2"]) if each[0] < BEGIN + 3_200_000_000]
    return pcap(folder / "a.pcap", frames).read_bytes()


@SETTINGS
@given(data=st.binary(max_size=400), kind=st.sampled_from([b"", b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\x3c\x4d", section()]))
def test_any_bytes(tmp_path: Path, data: bytes, kind: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(kind + data)
    survives(path)


@SETTINGS
@given(
    frames=st.lists(st.tuples(st.integers(0, 2**63), st.binary(max_size=120)), max_size=8),
    link=st.sampled_from([1, 113, 276, 9]),
)
def test_any_frames(tmp_path: Path, frames: list[tuple[int, bytes]], link: int) -> None:
    path = tmp_path / "a"
    path.write_bytes(section() + interface(link=link) + b"".join(packet(t, frame) for t, frame in frames))
    survives(path)


@SETTINGS
@given(
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=12),
    cut=st.integers(0, 10**6),
)
def test_a_capture_with_some_bytes_changed(
    tmp_path: Path, whole: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    data = bytearray(whole)
    for place, value in changes:
        data[place % len(data)] = value
    path = tmp_path / "a"
    path.write_bytes(bytes(data)[: len(data) - cut % len(data)])
    survives(path)


@SETTINGS
@given(blocks=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2**32 - 1), st.binary(max_size=60)), max_size=6))
def test_blocks_whose_lengths_lie(tmp_path: Path, blocks: list[tuple[int, int, bytes]]) -> None:
    path = tmp_path / "a"
    lies = b"".join(struct.pack("<II", kind, length) + body for kind, length, body in blocks)
    path.write_bytes(section() + interface() + lies)
    survives(path)
