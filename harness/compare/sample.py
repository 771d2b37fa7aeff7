"""The values of one comparison in one run: what each valid trial shows, and how many of them do not tell."""

from collections.abc import Iterator
from math import inf
from typing import Final, NamedTuple

from harness.model.comparisons import Comparison, MeasureName
from harness.model.outcome import RunOutcome, StepOutcome, TestOutcome, TrialOutcome

_WORST: Final[dict[MeasureName, float]] = {"recovery": inf, "success": 0.0, "transitions": inf}
"""Of a trial in which the pair did not come to steady state: leaving it out would make a bad pair look good."""


class Sample(NamedTuple):
    """`values`: of the trials that tell, in order. `unknown`: how many do not."""

    values: tuple[float, ...]
    unknown: int = 0


def short(test: TestOutcome) -> str:
    """As comparisons name it."""
    return test.name.removeprefix("test_")


def sample(run: RunOutcome, what: Comparison) -> Sample:
    """Empty if the run has no such test, step or vantage point.

    Of a test with too many invalid trials, or one that ended early, no trial tells: those that are left are a choice.
    """
    tests = [test for test in run.tests if short(test) == what.test]
    told = [
        None if test.verdict == "invalid" else _told(trial, what)
        for test in tests
        for trial in test.trials
        if trial.valid
    ]
    known = tuple(value for value in told if value is not None)
    return Sample(known, len(told) - len(known))


def possible(run: RunOutcome) -> Iterator[Comparison]:
    """Every comparison that a run could be part of: each test's steps in order, each vantage point."""
    for test in run.tests:
        for step in _steps(test):
            for vantage in step.vantages:
                yield Comparison(short(test), step.name, "recovery", vantage)
                yield Comparison(short(test), step.name, "success", vantage)
            yield Comparison(short(test), step.name, "transitions")


def usual(run: RunOutcome, most: int) -> tuple[Comparison, ...]:
    """Where an experiment declares none: of the first step with a fault recovery per vantage point, and transitions.

    Chosen by what the run is made of, never by what it measured.
    """
    steps = ((short(test), step) for test in run.tests for step in _steps(test))
    first = next(((test, step) for test, step in steps if step.fault), None)
    if first is None:
        return ()
    test, step = first
    recoveries = [Comparison(test, step.name, "recovery", vantage) for vantage in step.vantages]
    moved = [Comparison(test, step.name, "transitions")] if step.series else []  # an older harness told none
    return (*recoveries[: most - 1], *moved)


def watch_s(run: RunOutcome, what: Comparison) -> float:
    """How long the step was watched: a recovery that takes longer is none."""
    watched = (step.watch_s for test in run.tests if short(test) == what.test for step in _steps(test))
    return max(watched, default=0.0)


def _steps(test: TestOutcome) -> list[StepOutcome]:
    """The first of each name, of its valid trials."""
    named: dict[str, StepOutcome] = {}
    for trial in test.trials:
        for step in trial.steps if trial.valid else ():
            named.setdefault(step.name, step)
    return list(named.values())


def _told(trial: TrialOutcome, what: Comparison) -> float | None:
    """None: unknown. A trial that failed after a step says nothing of later ones."""
    if not trial.steps:
        return _WORST[what.measure] if trial.failure else None
    return next((_value(step, what) for step in trial.steps if step.name == what.step), None)


def _value(step: StepOutcome, what: Comparison) -> float | None:
    if what.measure == "transitions":
        return float(step.series.takeovers) if step.series else None
    seen = step.vantages.get(what.vantage)
    if seen is None:
        return None
    if what.measure == "success":
        return seen.success
    return inf if seen.state == "down" else seen.recovery_s
