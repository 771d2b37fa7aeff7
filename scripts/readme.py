"""Writes the generated blocks of README.md and docs/faults.md anew; tests/unit/test_readme.py fails while they differ.

    python scripts/readme.py

The example is made of recordings in tests/data, as the present checks judge them (`scripts/cut_history.py --again`).
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final

from harness import checks, faults, mitigations
from harness.cli._explain import explanation
from harness.cli._parameters import family
from harness.experiment.verdict import run_outcome
from harness.faults import Fault
from harness.history.store import read_outcome
from harness.mitigations import Mitigation
from harness.model.outcome import RunOutcome, TestOutcome
from harness.report.terminal import story

ROOT: Final = Path(__file__).resolve().parents[1]
README: Final = ROOT / "README.md"
RECORDINGS: Final = ("outage", "flush", "announce")
"""Recordings of tests/data: each is one trial of the test of that name in experiments/test_june_13.py."""


def checks_table() -> str:
    """With its head: a marker between head and rows would end the table."""
    rows = [f"| `{check.name}` | {check.invariant} |" for check in checks.ALL.values()]
    return "\n".join(["| check | invariant |", "|---|---|", *rows])


def example() -> str:
    """The output of the command above it for these trials, without colour."""
    return "\n".join(["```text", *(line.plain.rstrip() for line in story(recorded())), "```"])


def recorded() -> RunOutcome:
    """The recordings as one run."""
    tests = [_only_test(ROOT / "tests" / "data" / name) for name in RECORDINGS]
    return run_outcome("june_13", f"tests/data/{{{','.join(RECORDINGS)}}}", tests, interrupted=False)


def _only_test(recording: Path) -> TestOutcome:
    (test,) = read_outcome(recording).tests
    return test


def rows() -> str:
    """How many of the experiments' rows ``make test`` and ``make nightly`` run, as pytest collects them."""
    chosen, every = collected()
    nightly, _ = collected("not soak")
    return (
        f"`make test` runs the unit tests, the lab's tests, and {chosen} of the {every} rows of the experiments; `make "
        f"nightly` runs {nightly} of them, and the longer tests. The others are marked `soak`: `harness run "
        "EXPERIMENT` runs all rows of one experiment."
    )


@cache  # pytest collects them in a process of its own, which takes seconds
def collected(marked: str = "") -> tuple[int, int]:
    """Of the experiments' rows: those that ``make test`` runs, or that are so `marked`, and all."""
    selection = ["-m", marked] if marked else []
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "experiments", *selection]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    found = re.search(r"^(\d+)/(\d+) tests collected", done.stdout, re.MULTILINE)
    assert found, done.stdout
    return int(found[1]), int(found[2])


def kinds_table(folder: ModuleType, base: type[Fault] | type[Mitigation], verb: str) -> str:
    """What each fault or mitigation is, and what is seen of it: as `harness faults NAME` says."""
    found = [explanation(name, kind, verb) for name, kind in family(folder, base).items()]
    rows = [
        f"| `{each.name}` | {each.about[0]} | {each.signs.caches} | {each.signs.keepalived} | {each.signs.customers} |"
        for each in found
    ]
    return "\n".join(["| name | what happens | caches | keepalived | customers |", "|---|---|---|---|---|", *rows])


def faults_table() -> str:
    return kinds_table(faults, Fault, "inject")


def mitigations_table() -> str:
    return kinds_table(mitigations, Mitigation, "mitigate")


BLOCKS: Final[dict[str, Callable[[], str]]] = {"rows": rows, "example: june_13": example, "checks": checks_table}
"""Of README.md."""
FAULT_BLOCKS: Final[dict[str, Callable[[], str]]] = {"faults": faults_table, "mitigations": mitigations_table}
"""Of docs/faults.md."""
PAGES: Final = {README: BLOCKS, ROOT / "docs" / "faults.md": FAULT_BLOCKS}


def block(text: str, name: str) -> str:
    """What stands between the markers of `name`. Raises `ValueError` where they are missing."""
    opening, closing = _markers(name)
    begin, end = text.index(opening) + len(opening), text.index(closing)
    return text[begin:end].strip("\n")


def renewed(text: str, blocks: dict[str, Callable[[], str]] = BLOCKS) -> str:
    """`text` with every block as it should be."""
    for name, make in blocks.items():
        opening, closing = _markers(name)
        head, _, rest = text.partition(opening)
        text = f"{head}{opening}\n{make()}\n{closing}{rest.partition(closing)[2]}"
    return text


def _markers(name: str) -> tuple[str, str]:
    return f"<!-- {name} -->", f"<!-- /{name.partition(':')[0]} -->"


def main() -> None:
    for page, blocks in PAGES.items():
        page.write_text(renewed(page.read_text(), blocks))


if __name__ == "__main__":
    main()
