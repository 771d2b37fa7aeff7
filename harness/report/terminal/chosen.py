"""Which step of a run its timeline shows: the one that explains the verdict."""

from typing import NamedTuple

from harness.model.outcome import RunOutcome, StepOutcome, TestOutcome, TrialOutcome


class Chosen(NamedTuple):
    """`number`: of the trial among its test's, from 1 on."""

    test: TestOutcome
    number: int
    trial: TrialOutcome
    step: StepOutcome


def chosen(run: RunOutcome) -> Chosen | None:
    """Of a test that was not as expected before one that was; of those the first, as the experiment has them.

    None if no step has a series: no trial came to a step, or an older harness wrote the outcome.
    """
    found = [
        Chosen(test, number, trial, step)
        for test in run.tests
        for number, trial in enumerate(test.trials, 1)
        for step in trial.steps
        if step.series
    ]
    return min(found, key=_last, default=None)


def _last(each: Chosen) -> tuple[bool, ...]:
    """The smallest comes first: the order of words below is the order of importance."""
    violated = any(finding.violated for finding in each.step.checks)
    return (
        each.test.verdict != "failed",
        not each.trial.valid,
        not each.trial.failure,
        not (violated or any(seen.affected for seen in each.step.vantages.values())),
        not each.step.fault,
    )
