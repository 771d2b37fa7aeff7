"""Every mitigation and every prevention of June 13 under every cause: both tables of docs/june-13.md, whole."""

from typing import Final

from harness.bench.command import run, run_arguments
from harness.bench.soaking import Soak, SoakPart, SoakResult

TABLES: Final = {"june_13_mitigations": 4.5, "june_13_preventions": 14.5}
"""Experiment → minutes for one trial of each row."""


def soak(asked: Soak) -> SoakResult:
    lab = f"{asked.lab}-remedies"
    outcomes = {name: run(run_arguments(name, lab, asked.trials, asked.into / "runs")) for name in TABLES}
    wrong = tuple(
        f"{test.name} is {test.outcome}: {test.sentence}"
        for outcome in outcomes.values()
        for test in outcome.tests
        if test.verdict != "passed"
    )
    rows = sum(len(outcome.tests) for outcome in outcomes.values())
    return SoakResult(f"{rows - len(wrong)} of {rows} rows as expected.", wrong, outcomes)


PART = SoakPart("every mitigation and prevention under every cause", 1, lambda n: 1 + n * sum(TABLES.values()), soak)
