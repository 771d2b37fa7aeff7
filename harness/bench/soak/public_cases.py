"""The public cases: outages from keepalived's public tracker. Each trial must have the same result."""

from collections.abc import Iterator

from harness.bench.command import run, run_arguments
from harness.bench.soaking import Soak, SoakPart, SoakResult
from harness.model.outcome import RunOutcome


def soak(asked: Soak) -> SoakResult:
    lab = f"{asked.lab}-public-cases"
    outcome = run(run_arguments("keepalived_issues", lab, asked.trials, asked.into / "runs"))
    return SoakResult(outcome.sentence, tuple(unmet(outcome)), {lab: outcome})


def unmet(outcome: RunOutcome) -> Iterator[str]:
    """Every test that did not pass."""
    return (f"{test.name} is {test.outcome}: {test.sentence}" for test in outcome.tests if test.verdict != "passed")


PART = SoakPart("outages of keepalived's public tracker", 3, lambda trials: 1 + 1.6 * trials, soak)
