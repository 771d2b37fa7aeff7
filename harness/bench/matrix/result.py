"""The results of the cells, one JSON line each: an interrupted matrix goes on where it stopped."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from harness.bench.matrix.cells import Cell
from harness.statistics import Estimate, proportion

FILE: Final = "cells.jsonl"


class Measured(msgspec.Struct, frozen=True):
    """One valid trial. `split`: some cache led elsewhere than to the owner once settled; `split_after` the +5 s burst.

    `phase_s`: how long after the owner's last advert the blip began, as the frames say.
    """

    phase_s: float
    gains: int
    dual_s: float
    gap_s: float
    split: bool
    split_after: bool
    arp: dict[str, str | None]
    arp_after: dict[str, str | None]


class CellResult(msgspec.Struct, frozen=True):
    """`run`: the folder of its history, beside the results."""

    cell: Cell
    trials: tuple[Measured, ...]
    invalid: int
    run: str
    seconds: float

    def share(self, what: str) -> Estimate:
        """The share of the trials with `what` (takeover, split, split_after), with its Clopper-Pearson interval."""
        seen = [trial.gains > 0 if what == "takeover" else bool(getattr(trial, what)) for trial in self.trials]
        return proportion(sum(seen), len(seen))


def append(into: Path, result: CellResult) -> None:
    """One write: two labs may append at once."""
    descriptor = os.open(into / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, msgspec.json.encode(result) + b"\n")
    finally:
        os.close(descriptor)


def read(into: Path, name: str = FILE) -> dict[Cell, CellResult]:
    """The last result of each cell; an incomplete line of an interrupted matrix is skipped."""
    lines = (into / name).read_bytes().splitlines() if (into / name).exists() else []
    results = (_decoded(line) for line in lines)
    return {result.cell: result for result in results if result}


def _decoded(line: bytes) -> CellResult | None:
    try:
        return msgspec.json.decode(line, type=CellResult)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


@contextmanager
def claimed(into: Path, name: str) -> Iterator[bool]:
    """Claims this piece of work: False if another process has it. The claim ends with its process."""
    descriptor = os.open(into / f"{name}.claim", os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)
