"""A trial of the outcome beside the same trial of the history."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import Marked
from harness.model.outcome import RunOutcome, TestOutcome, TrialOutcome
from harness.model.units import ms, s, seconds

BEFORE_NS: Final = 1 * s
AFTER_NS: Final = 300 * ms


class Recorded(NamedTuple):
    """A trial as the history has it. `zero`: the first effect of its first step, from which every time here counts."""

    number: int
    steps: tuple[Step, ...]
    window: Interval
    zero: int

    def us(self, t: int) -> int:
        """Microseconds since the zero; what is outside of the window is at its edge."""
        return (min(max(t, self.window.begin), self.window.end) - self.zero) // 1000


class Told(NamedTuple):
    """A trial of the outcome. `attempt`: its number within its test, from 1. `recorded` None: it has no timeline.

    `test`, `outcome` None: the run left no outcome.
    """

    attempt: int
    test: TestOutcome | None
    outcome: TrialOutcome | None
    recorded: Recorded | None

    @property
    def name(self) -> str:
        """``outage, trial 2 (invalid)``."""
        if self.test is None or self.outcome is None:
            return f"trial {self.attempt}"
        return f"{short(self.test.name)}, trial {self.attempt}{'' if self.outcome.valid else ' (invalid)'}"


def short(name: str) -> str:
    """``test_prevention[refresh]`` → ``prevention[refresh]``."""
    return name.removeprefix("test_")


def told(history: History | None, outcome: RunOutcome | None) -> list[Told]:
    """Every trial, in the order in which they ran."""
    recorded = {number: _recorded(history, number) for number in _numbers(history)} if history else {}
    if outcome is None:
        return [Told(number, None, None, each) for number, each in recorded.items()]
    attempts = [(n, test, trial) for test in outcome.tests for n, trial in enumerate(test.trials, 1)]
    numbers = _begun(history) if history else []
    if not numbers:
        return list(_by_steps(attempts, list(recorded.values())))
    places = [recorded.get(number) for number in numbers] + [None] * len(attempts)  # the end may not be recorded
    return [
        Told(*each, place if place and _same(place, each[2]) else None)
        for each, place in zip(attempts, places, strict=False)
    ]


def _by_steps(attempts: Sequence[tuple[int, TestOutcome, TrialOutcome]], found: list[Recorded]) -> Iterator[Told]:
    """Of a recording that does not mark where its trials begin: by their steps, in order."""
    for attempt, test, trial in attempts:
        place = next((n for n, each in enumerate(found) if trial.steps and _same(each, trial)), None)
        yield Told(attempt, test, trial, None if place is None else found[place])
        if place is not None:
            del found[: place + 1]


def _same(recorded: Recorded, trial: TrialOutcome) -> bool:
    """Have both these steps, whose faults lasted equally long? Another trial's frames would explain nothing."""
    pairs = list(zip(recorded.steps, trial.steps, strict=False))
    return len(pairs) == len(trial.steps) and all(
        step.name == judged.name and _achieved(step) == (judged.fault and judged.fault.achieved_s)
        for step, judged in pairs
    )


def _achieved(step: Step) -> float | None:
    """As `FaultOutcome.achieved_s`."""
    ends = [end for op in step.held if (end := step.release_of(op)) is not None]
    if not ends or len(ends) < len(step.held):
        return None
    return seconds(max(ends) - min(op.t for op in step.held))


def _numbers(history: History) -> list[int]:
    return list(dict.fromkeys(trial for trial, _ in history.steps))


def _begun(history: History) -> list[int]:
    """The number of each attempt, also of those that never came to a step."""
    return list(dict.fromkeys(mark.trial for mark in history.of(Marked) if mark.name == "trial_begin"))


def _recorded(history: History, number: int) -> Recorded:
    steps = tuple(history.step(trial, name) for trial, name in history.steps if trial == number)
    window = Interval(steps[0].began_ns - BEFORE_NS, steps[-1].ends_ns + AFTER_NS)
    return Recorded(number, steps, window, steps[0].first_effect_ns)
