"""What fills a balancer, told apart 42 times over every flood mode and slow query, and 24 times over mixtures."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from harness.bench.command import run, run_arguments
from harness.bench.soaking import Soak, SoakPart, SoakResult
from harness.model.outcome import RunOutcome, TestOutcome, TrialOutcome

TESTS: Final = 11
TOLD_APART: Final = "test_flood_is_told_apart["


def soak(asked: Soak) -> SoakResult:
    lab = f"{asked.lab}-causes"
    outcome = run(run_arguments("july_22_floods", lab, asked.trials, asked.into / "runs"))
    return SoakResult(sentence(outcome), tuple(unmet(outcome)), {lab: outcome})


def sentence(outcome: RunOutcome) -> str:
    """``told apart: 41 right, 0 wrong, 1 inconclusive``, and the same of mixtures."""
    alone = Counter(
        verdict for test in outcome.tests for verdict in _verdicts(test) if test.name.startswith(TOLD_APART)
    )
    mixed = Counter(cause for test in outcome.tests for cause in _causes(test) if not test.name.startswith(TOLD_APART))
    counted = ", ".join(f"{alone[verdict]} {verdict}" for verdict in ("right", "wrong", "inconclusive"))
    return f"told apart: {counted}; mixtures: {', '.join(f'{n} {cause}' for cause, n in sorted(mixed.items()))}"


def unmet(outcome: RunOutcome) -> Iterator[str]:
    """Every test that did not pass, with the causes that its trials were judged to have."""
    for test in outcome.tests:
        if test.verdict != "passed":
            yield f"{test.name} is {test.outcome}: {', '.join(_causes(test)) or test.sentence}"


def _verdicts(test: TestOutcome) -> Iterator[str]:
    """Of each valid trial of ``test_flood_is_told_apart[FORM-CAUSE]``."""
    expected = test.name.rstrip("]").rpartition("-")[2]
    for cause in _causes(test):
        yield "right" if cause == expected else cause if cause == "inconclusive" else "wrong"


def _causes(test: TestOutcome) -> list[str]:
    return [_cause(trial) for trial in test.trials if trial.valid]


def _cause(trial: TrialOutcome) -> str:
    """The cause that the trial was judged to have; none if the frontend did not fill."""
    return str(next((step.measures["cause"] for step in trial.steps if "cause" in step.measures), "not full"))


PART = SoakPart("what fills a balancer is told apart", 6, lambda trials: 3 + TESTS * trials * 0.4, soak)
