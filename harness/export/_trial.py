"""Trials of a history, with the names that the outcome gives them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from harness.history import History, Step
from harness.history.timeline import FOREVER, Interval
from harness.model.outcome import RunOutcome, TrialOutcome
from harness.model.units import ms, s

BEFORE_NS: Final = s
AFTER_NS: Final = 300 * ms


@dataclass(frozen=True)
class Trial:
    """`zero`: the first effect of its first step. `window`: what is shown, some time before and after the steps.

    `test`: empty if the outcome does not tell; `outcome` None likewise.
    """

    number: int
    test: str
    attempt: int
    outcome: TrialOutcome | None
    steps: tuple[Step, ...]
    window: Interval

    @cached_property
    def zero(self) -> int:
        return self.steps[0].first_effect_ns

    @property
    def label(self) -> str:
        """``outage, trial 2``; of an outcome that does not tell, ``trial 7``."""
        if not self.test:
            return f"trial {self.number}"
        invalid = "" if self.outcome is None or self.outcome.valid else " (invalid)"
        return f"{self.test}, trial {self.attempt}{invalid}"


@dataclass(frozen=True)
class _Named:
    test: str
    attempt: int
    outcome: TrialOutcome


def trials(history: History, outcome: RunOutcome | None) -> list[Trial]:
    """In order of time. Their windows do not overlap."""
    numbers = list(dict.fromkeys(trial for trial, _ in history.steps))
    names = _names(history, numbers, outcome)
    steps = [tuple(history.step(trial, name) for trial, name in history.steps if trial == each) for each in numbers]
    found = zip(numbers, steps, _windows(steps), strict=True)
    return [_trial(number, names.get(number), its, window) for number, its, window in found]


def _windows(trials: list[tuple[Step, ...]]) -> list[Interval]:
    ended = [0, *(steps[-1].ends_ns for steps in trials)]
    begins = [max(end, steps[0].began_ns - BEFORE_NS) for end, steps in zip(ended, trials, strict=False)]
    ends = [steps[-1].ends_ns + AFTER_NS for steps in trials]
    following = [*begins[1:], FOREVER]
    return [Interval(begin, min(end, after)) for begin, end, after in zip(begins, ends, following, strict=True)]


def _trial(number: int, named: "_Named | None", steps: tuple[Step, ...], window: Interval) -> Trial:
    if named is None:
        return Trial(number, "", 0, None, steps, window)
    return Trial(number, named.test, named.attempt, named.outcome, steps, window)


def _names(history: History, numbers: list[int], outcome: RunOutcome | None) -> dict[int, _Named]:
    """Number → the trial of the outcome; empty if their steps do not agree, so that none gets the name of another."""
    told = list(_told(outcome)) if outcome else []
    recorded = [[name for trial, name in history.steps if trial == number] for number in numbers]
    agree = [[step.name for step in each.outcome.steps] for each in told] == recorded
    return dict(zip(numbers, told, strict=True)) if agree else {}


def _told(outcome: RunOutcome) -> Iterator[_Named]:
    """Trials that have a step; the others have left none in the history."""
    for test in outcome.tests:
        for attempt, trial in enumerate(test.trials, 1):
            if trial.steps:
                yield _Named(test.name.removeprefix("test_"), attempt, trial)
