"""The matrix on one lab: ``python -m harness.bench.matrix --lab NAME --into DIR``. Two labs may share a DIR.

Results in DIR are not measured again. ``scripts/tables.py DIR`` keeps them and makes the table of docs/june-13.md.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

from harness.bench.matrix.cells import Cell, groups
from harness.bench.matrix.cost import seconds_of
from harness.bench.matrix.measure import measure
from harness.bench.matrix.result import append, claimed, read
from harness.experiment.session import Session
from harness.lab.ready import borrowed
from harness.model.errors import HarnessError
from harness.model.load import PROBE_SPARINGLY

TRIALS: Final = 8


def main() -> int:
    options = _options()
    options.into.mkdir(parents=True, exist_ok=True)
    try:
        run(options.lab, options.into, options.trials, options.only)
    except HarnessError as error:
        _say(f"matrix: {error}")
        return error.exit_code
    return 0


def run(lab: str, into: Path, trials: int, only: str) -> None:
    """Measures every cell that no other process measures or has measured; the longest configurations first."""
    chosen = {name: [cell for cell in cells if only in cell.name] for name, cells in groups().items()}
    with borrowed(lab, _say):
        for name in sorted(chosen, key=lambda name: -sum(map(seconds_of, chosen[name]))):
            with claimed(into, name) as ours:
                left = [cell for cell in chosen[name] if cell not in read(into)] if ours else []
                if left:
                    _measure(lab, into, name, left, trials)


def _measure(lab: str, into: Path, name: str, cells: list[Cell], trials: int) -> None:
    """In a run of its own: each step reads the history again, so it must not grow for an hour."""
    number = len(list((into / "runs").glob(f"{name}-*"))) + 1
    folder = into / "runs" / f"{name}-{number}"
    with Session("matrix", lab, folder, _say, probe=PROBE_SPARINGLY) as session:
        for cell in cells:
            result = measure(session, cell, trials)
            append(into, result)
            _say(f"{cell.name}: split {result.share('split').value}, {result.seconds:.0f} s")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lab", default="failover-harness-matrix", help="used as it is if it is up, else up and down")
    parser.add_argument("--into", type=Path, required=True, help="folder of results and runs")
    parser.add_argument("--trials", type=int, default=TRIALS, help=f"valid ones a cell (default: {TRIALS})")
    parser.add_argument("--only", default="", help="cells whose name has this")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
