"""The explicit loop: which trials count, which are repeated, and how often a failure happens."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from harness.experiment import trials as module
from harness.experiment.run import Run
from harness.experiment.trial import InvalidTrial, Trial
from harness.experiment.trials import Trials
from harness.model.errors import NotMeasured


class QuietRun:
    """A run whose lab is always steady and never does anything."""

    def __init__(self) -> None:
        self.lab = self.view = self
        self.now = 0
        self.trials = 0

    def full_load(self) -> None: ...
    def reset(self) -> None: ...
    def mark(self, name: str, trial: int) -> None: ...

    def next_trial(self) -> int:
        self.trials += 1
        return self.trials


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Trials]:
    monkeypatch.setattr(module, "await_steady", lambda run: None)
    monkeypatch.setattr(module, "hand_back", lambda run: None)
    return lambda wanted: Trials(cast("Run", cast("Any", QuietRun())), wanted, lambda text: None)


def invalid(trial: Trial) -> None:
    trial.invalid = ("late",)
    raise InvalidTrial("late")


def test_as_many_as_wanted(loop: Callable[[int], Trials]) -> None:
    trials, seen = loop(3), list[int]()
    trials.complete(lambda: seen.extend(trial.number for trial in trials))
    trials.raise_failures()
    assert seen == [1, 2, 3]


def test_a_failure_is_counted_and_the_loop_goes_on(loop: Callable[[int], Trials]) -> None:
    """One of three fails: the error says so, and the other two were run."""
    trials = loop(3)

    def body() -> None:
        for trial in trials:
            assert trial.number != 2, "second"

    trials.complete(body)
    assert (trials.valid, len(trials.failures)) == (3, 1)
    with pytest.raises(AssertionError) as caught:
        trials.raise_failures()
    assert caught.value.__notes__ == ["1 of 3 trials were not as expected."]


def test_an_invalid_trial_is_repeated_and_kept(loop: Callable[[int], Trials]) -> None:
    trials = loop(4)

    def body() -> None:
        for trial in trials:
            if trial.number == 1:
                invalid(trial)

    trials.complete(body)
    trials.raise_failures()
    assert [outcome.valid for outcome in trials.outcomes] == [False, True, True, True, True]


def test_too_many_invalid_trials_measure_nothing(loop: Callable[[int], Trials]) -> None:
    trials = loop(2)

    def body() -> None:
        for trial in trials:
            invalid(trial)

    trials.complete(body)
    assert len(trials.outcomes) == 4
    with pytest.raises(NotMeasured, match="0 of 4 attempts were valid: late"):
        trials.raise_failures()


def test_a_failed_assertion_in_an_invalid_trial_says_nothing(loop: Callable[[int], Trials]) -> None:
    trials = loop(4)

    def body() -> None:
        for trial in trials:
            if trial.number == 1:
                trial.invalid = ("late",)
                raise AssertionError("wrong")

    trials.complete(body)
    trials.raise_failures()
    assert trials.failures == []


def test_an_interrupt_keeps_the_trial_half_way(loop: Callable[[int], Trials]) -> None:
    trials = loop(2)

    def body() -> None:
        for _ in trials:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trials.complete(body)
    trials.abandon()
    assert trials.outcomes[0].reasons == ("interrupted",)
    assert not trials.finished
