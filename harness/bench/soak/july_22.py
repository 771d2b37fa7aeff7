"""July 22: every mitigation, prevention and regime, and how well the time that a higher limit buys was predicted."""

from collections.abc import Iterator
from statistics import median
from typing import Final, NamedTuple

from harness.bench.command import run, run_arguments
from harness.bench.soaking import Soak, SoakPart, SoakResult
from harness.model.outcome import RunOutcome, StepOutcome

TABLES: Final = {
    "july_22": 2.5,
    "july_22_mitigations": 5.0,
    "july_22_preventions": 4.0,
    "july_22_regimes": 5.0,
    "july_22_full_scale": 2.0,
}
"""Experiment → minutes for one trial of each row."""

TOLERANCE: Final = 0.25  # of the median of all trials, measured over predicted
RAISE: Final = "session_limit"  # the step of the table of mitigations whose duration can be predicted
LEAST: Final = 5  # trials


class Prediction(NamedTuple):
    """Seconds until a limit was reached. `predicted_s`: from what was known before the act."""

    measured_s: float
    predicted_s: float

    @property
    def ratio(self) -> float:
        return self.measured_s / self.predicted_s


def soak(asked: Soak) -> SoakResult:
    lab = f"{asked.lab}-july-22"
    outcomes = {name: run(run_arguments(name, lab, asked.trials, asked.into / "runs")) for name in TABLES}
    wrong = [
        f"{name}, {test.name} is {test.outcome}: {test.sentence}"
        for name, outcome in outcomes.items()
        for test in outcome.tests
        if test.verdict != "passed"
    ]
    rows = sum(len(outcome.tests) for outcome in outcomes.values())
    found = predictions(outcomes["july_22_mitigations"])
    unmet = (*wrong, *off(found))
    return SoakResult(f"{rows - len(wrong)} of {rows} rows as expected. {sentence(found)}.", unmet, outcomes)


def predictions(outcome: RunOutcome) -> list[Prediction]:
    """The predictions of every valid trial in which the limit was raised, and reached again."""
    return [Prediction(*each) for step in _steps(outcome) if (each := _measures(step))]


def sentence(found: list[Prediction]) -> str:
    if not found:
        return f"{RAISE}: never measured"
    measured, predicted = (median(each[n] for each in found) for n in (0, 1))
    return f"{RAISE}: full after {measured:.2f} s, {predicted:.2f} s predicted (medians of {len(found)})"


def off(found: list[Prediction]) -> Iterator[str]:
    if len(found) < LEAST:
        yield f"{RAISE}: {len(found)} trials of {LEAST} were measured."
    elif abs(median(each.ratio for each in found) - 1) > TOLERANCE:
        yield f"{sentence(found)}: more than {TOLERANCE:.0%} off."


def _steps(outcome: RunOutcome) -> Iterator[StepOutcome]:
    for trial in (trial for test in outcome.tests for trial in test.trials if trial.valid):
        yield from (step for step in trial.steps if step.name == RAISE)


def _measures(step: StepOutcome) -> tuple[float, float] | None:
    measured, predicted = (step.measures.get(name) for name in ("seconds_to_limit", "predicted_s"))
    return (float(measured), float(predicted)) if measured and predicted else None


PART = SoakPart("July 22: every mitigation, prevention and regime", LEAST, lambda n: 2 + n * sum(TABLES.values()), soak)
