"""Trials of a history, with the names that the outcome gives them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from harness.history import History, Step
from harness.history.timeline import Interval
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

    @property
    def zero(self) -> int:
        return self.steps[0].first_effect_ns

    @property
    def label(self) -> str:
        """``outage, trial 2``; of an outcome that does not tell, ``trial 7``."""
        if not self.test:
            return f"trial {self.number}"
        invalid = "" if self.outcome is None or self.outcome.valid else " (invalid)"
        return f"{self.test}, trial {self.attempt}{invalid}"

    def step_at(self, t: int) -> Step | None:
        """The step that lasts at `t`."""
        return next((step for step in self.steps if step.began_ns <= t <= step.ends_ns), None)


@dataclass(frozen=True)
class _Named:
    test: str
    attempt: int
    outcome: TrialOutcome


def trials(history: History, outcome: RunOutcome | None) -> list[Trial]:
    """In order of time. Their windows do not overlap."""
    found: list[Trial] = []
    numbers = list(dict.fromkeys(trial for trial, _ in history.steps))
    names = _names(history, numbers, outcome)
    for number in numbers:
        steps = tuple(history.step(trial, name) for trial, name in history.steps if trial == number)
        earliest = found[-1].window.end if found else 0
        window = Interval(max(earliest, steps[0].began_ns - BEFORE_NS), steps[-1].ends_ns + AFTER_NS)
        named = names.get(number)
        test, attempt, told = (named.test, named.attempt, named.outcome) if named else ("", 0, None)
        found.append(Trial(number, test, attempt, told, steps, window))
    return found


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
