"""Truncated, corrupted and future runs: a clear error, or a page that says what is missing. Never another exception."""

import gzip
import shutil
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.model.errors import UsageError
from harness.report.page import write
from tests.unit.report.page.hostile import DATA, Page

FILES = ("run.json", "topology.json", "outcome.json", "events.jsonl.gz", "requests/customer-2.rec.gz", "gate.json")


def written(run: Path) -> str | None:
    """The words of the page; None if it is refused with a sentence."""
    try:
        return Page(write(run, run / "page.html").read_text()).words
    except UsageError:
        return None


def with_file(name: str, content: bytes, folder: Path) -> Path:
    run = Path(shutil.copytree(DATA / "announce", folder / "run"))
    (run / name).write_bytes(content)
    return run


def original(name: str) -> bytes:
    path = DATA / "announce" / name
    return path.read_bytes() if path.exists() else b'{"verdict": "SAFE", "sentence": "so"}'


@pytest.mark.nightly
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(FILES), st.floats(0, 1), st.binary(max_size=8), st.sampled_from(["cut off", "changed"]))
def test_damage_of_any_file(name: str, share: float, put: bytes, how: str) -> None:
    """Bytes are put in, or the rest is cut off, anywhere; also within what gzip packed."""
    packed = name.endswith(".gz")
    content = gzip.decompress(original(name)) if packed else original(name)
    at = int(len(content) * share)
    damaged = content[:at] + put + (b"" if how == "cut off" else content[at + len(put) :])
    with tempfile.TemporaryDirectory() as folder:
        written(with_file(name, gzip.compress(damaged) if packed else damaged, Path(folder)))


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(FILES), st.binary(max_size=200))
def test_any_bytes_instead_of_a_file(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        written(with_file(name, content, Path(folder)))


@pytest.mark.parametrize("name", ["topology.json", "events.jsonl.gz"])
def test_without_a_history_the_outcome_is_still_told(name: str, tmp_path: Path) -> None:
    words = written(with_file(name, b"\x1f\x8b broken", tmp_path))
    assert words
    assert "The history, so there is no timeline" in words
    assert "no_stale_arp" in words


def test_torn_and_unknown_lines_are_counted_on_the_page(tmp_path: Path) -> None:
    events = gzip.decompress(original("events.jsonl.gz"))
    run = with_file("events.jsonl.gz", gzip.compress(events + b'{"event": "future", "t": 1}\n{"event": "ar'), tmp_path)
    words = written(run)
    assert words
    assert "Not read of the history, 1 times: torn line" in words
    assert "unknown event 'future'" in words


def test_a_run_of_a_newer_harness_is_refused(tmp_path: Path) -> None:
    header = msgspec.json.decode(original("run.json")) | {"schema": 99}
    run = with_file("run.json", msgspec.json.encode(header), tmp_path)
    with pytest.raises(UsageError, match="newer"):
        write(run, tmp_path / "page.html")


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"it has no run\.json"):
        write(tmp_path, tmp_path / "page.html")
