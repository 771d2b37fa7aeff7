"""An outcome reduced to what a page of docs/ shows, to be kept in docs/runs. Pure."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from harness.model.outcome import Finding, OutageOutcome, RunOutcome, StepOutcome, TestOutcome, TrialOutcome

_replace: Final = msgspec.structs.replace


def small(run: RunOutcome) -> RunOutcome:
    """The outcome without sentences, instants, phases and series, and without findings that hold."""
    return _replace(run, run=Path(run.run).name, tests=tuple(map(_small_test, run.tests)), facts=None)


def merged(runs: Iterable[RunOutcome]) -> RunOutcome:
    """Several runs of one experiment as one. If several runs have the same test, the last counts."""
    first, *others = runs
    for each in others:
        tests = {test.name: test for test in (*first.tests, *each.tests)}
        names = ", ".join(dict.fromkeys((*first.run.split(", "), each.run)))
        first = _replace(each, run=names, tests=tuple(tests.values()))
    return first


def _small_test(test: TestOutcome) -> TestOutcome:
    return _replace(test, trials=tuple(map(_small_trial, test.trials)))


def _small_trial(trial: TrialOutcome) -> TrialOutcome:
    return _replace(trial, steps=tuple(map(_small_step, trial.steps)))


def _small_step(step: StepOutcome) -> StepOutcome:
    vantages = {
        name: _replace(
            seen, phases=None, outages=tuple(OutageOutcome(each.begin_s, each.end_s) for each in seen.outages)
        )
        for name, seen in step.vantages.items()
    }
    checks = tuple(Finding(each.name, each.verdict, "") for each in step.checks if not each.holds)
    return _replace(step, vantages=vantages, checks=checks, series=None)
