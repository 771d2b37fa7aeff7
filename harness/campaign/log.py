"""The results of a campaign, one JSON line each. A line counts once it is on the disk; a torn one is no line."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from harness.campaign.result import Result
from harness.model.errors import UsageError

FILE: Final = "results.jsonl"
_LOCK: Final = "lock"


def append(folder: Path, result: Result) -> None:
    """Returns when it is on the disk. A torn line before it is ended first, so that it spoils no other."""
    descriptor = os.open(folder / FILE, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, b"\n" * torn + msgspec.json.encode(result) + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(folder: Path) -> list[Result]:
    """Every whole line, in the order in which they came. What a kill tore is left out: that trial is done again."""
    path = folder / FILE
    lines = path.read_bytes().splitlines() if path.exists() else []
    return [result for line in lines if (result := _decoded(line))]


def _decoded(line: bytes) -> Result | None:
    try:
        return msgspec.json.decode(line, type=Result)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """In the body no other process runs this campaign; the claim ends with the process. Raises `UsageError`."""
    descriptor = os.open(folder / _LOCK, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise UsageError(f"Another process runs the campaign in {folder}: wait for its end.") from None
    try:
        yield
    finally:
        os.close(descriptor)
