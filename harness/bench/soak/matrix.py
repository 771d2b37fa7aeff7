"""Which pairs split, how often: the matrix, its cells shared by two labs side by side."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from harness.bench.matrix import table
from harness.bench.matrix.cells import Cell, merged
from harness.bench.matrix.cost import seconds_of
from harness.bench.matrix.predicted import expected
from harness.bench.matrix.result import CellResult, read
from harness.bench.soaking import Soak, SoakPart, SoakResult
from harness.model.errors import NotMeasured

LABS: Final = ("left", "right")
AGREEMENT: Final = 0.9
PREDICTED: Final = 0.95  # the share of trials: an interval of eight trials is too wide to show a wrong theory


def soak(asked: Soak) -> SoakResult:
    """Raises `NotMeasured` while cells are left: the next soak goes on with them."""
    into = asked.into / "matrix"
    into.mkdir(parents=True, exist_ok=True)
    labs = [f"{asked.lab}-matrix-{side}" for side in LABS]
    statuses = _side_by_side(labs, into, asked)
    results = read(into)
    left = [cell.name for cell in merged() if cell not in results]
    if left:
        raise NotMeasured(f"{len(left)} cells are left (exit statuses {statuses}): {', '.join(left[:3])}. See {into}.")
    return SoakResult(table.summary(results), tuple(unmet(results, asked.trials)), {})


def unmet(results: Mapping[Cell, CellResult], trials: int) -> Iterator[str]:
    """Cells with too few trials, and a theory that is right in too few cells or trials."""
    for cell, result in results.items():
        if len(result.trials) < trials:
            yield f"{cell.name} has {len(result.trials)} valid trials of {trials}."
    wrong = {cell.name: _wrong(result) for cell, result in results.items() if _wrong(result)}
    if len(wrong) > (1 - AGREEMENT) * len(results):
        yield f"Theory lies outside the interval in {len(wrong)} of {len(results)} cells: {wrong}."
    predicted = [right for result in results.values() for right in table.predictions(result)]
    if sum(predicted) < PREDICTED * len(predicted):
        missed = "; ".join(each for result in results.values() for each in table.misses(result))
        yield f"Theory predicts {sum(predicted)} of {len(predicted)} trials correctly: {missed}."


def _wrong(result: CellResult) -> list[str]:
    return [what for what, agreed in table.agreements(result, expected(result.cell)).items() if not agreed]


def _side_by_side(labs: list[str], into: Path, asked: Soak) -> list[int]:
    """Runs both to their end. An interrupt reaches both; this waits until they have undone all."""
    logs = [into / f"{lab}.log" for lab in labs]
    asked.say(f"progress: tail -f {' '.join(map(str, logs))}")
    processes = [_start(lab, into, log, asked.trials) for lab, log in zip(labs, logs, strict=True)]
    try:
        return [process.wait() for process in processes]
    finally:
        for process in processes:
            process.wait()


def _start(lab: str, into: Path, log: Path, trials: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "harness.bench.matrix", "--lab", lab, "--into", str(into), "--trials", str(trials)]
    with log.open("ab") as output:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)


def _minutes(trials: int) -> float:
    return 1 + sum(map(seconds_of, merged())) * trials / 60 / len(LABS)


PART = SoakPart("trigger × advert_int × preempt × priorities: which pairs split", 8, _minutes, soak)
