"""Writes the generated blocks of README.md anew; tests/unit/test_readme.py fails while they differ.

    python scripts/readme.py [RUN]

`RUN`: the folder of a run of ``make demo``'s command, whose outcome becomes the example.
"""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console

from harness import checks
from harness.cli._summary import summary
from harness.history.store import read_outcome
from harness.model.outcome import RunOutcome, StepOutcome, TestOutcome, TrialOutcome, decode_outcome

ROOT: Final = Path(__file__).resolve().parents[1]
README: Final = ROOT / "README.md"
EXAMPLE: Final = ROOT / "tests" / "data" / "june_13.outcome.json"
COLUMNS: Final = 160
_replace = msgspec.structs.replace


def checks_table() -> str:
    """With its head: a marker between head and rows would end the table."""
    rows = [f"| `{check.name}` | {check.invariant} |" for check in checks.ALL.values()]
    return "\n".join(["| check | invariant |", "|---|---|", *rows])


def example() -> str:
    """What the command above it printed on a terminal of `COLUMNS` columns."""
    text = io.StringIO()
    Console(file=text, width=COLUMNS, highlight=False).print(summary(decode_outcome(EXAMPLE.read_bytes())))
    lines = (line.rstrip() for line in text.getvalue().splitlines())
    return "\n".join(["```text", *filter(None, lines), "```"])


BLOCKS: Final[dict[str, Callable[[], str]]] = {"checks": checks_table, "example: june_13": example}


def block(text: str, name: str) -> str:
    """What stands between the markers of `name`. Raises `ValueError` where they are missing."""
    opening, closing = _markers(name)
    begin, end = text.index(opening) + len(opening), text.index(closing)
    return text[begin:end].strip("\n")


def renewed(text: str) -> str:
    """`text` with every block as it should be."""
    for name, make in BLOCKS.items():
        opening, closing = _markers(name)
        head, _, rest = text.partition(opening)
        text = f"{head}{opening}\n{make()}\n{closing}{rest.partition(closing)[2]}"
    return text


def small(run: RunOutcome) -> RunOutcome:
    """Without the instants that show each sentence, and with the run's folder named as if it were beside."""
    return _replace(run, run=f"runs/{Path(run.run).name}", tests=tuple(map(_small_test, run.tests)))


def _small_test(test: TestOutcome) -> TestOutcome:
    return _replace(test, trials=tuple(map(_small_trial, test.trials)))


def _small_trial(trial: TrialOutcome) -> TrialOutcome:
    return _replace(trial, steps=tuple(map(_small_step, trial.steps)))


def _small_step(step: StepOutcome) -> StepOutcome:
    return _replace(step, checks=tuple(_replace(finding, instants=()) for finding in step.checks))


def _markers(name: str) -> tuple[str, str]:
    return f"<!-- {name} -->", f"<!-- /{name.partition(':')[0]} -->"


def main(run: str = "") -> None:
    if run:
        EXAMPLE.write_bytes(msgspec.json.encode(small(read_outcome(Path(run)))) + b"\n")
    README.write_text(renewed(README.read_text()))


if __name__ == "__main__":
    main(*sys.argv[1:])
