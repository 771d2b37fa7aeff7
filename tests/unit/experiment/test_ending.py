"""How a trial ended, by what its test raised and when: the table at the head of `harness.experiment.ending`."""

from typing import Any, cast

import pytest

from harness.experiment.ending import ended, is_result, words
from harness.experiment.steady import NotSteady
from harness.experiment.trial import Trial
from harness.model.errors import AgentError, BadValue, NotMeasured, UsageError
from harness.model.outcome import StepOutcome, TrialOutcome

STEP = StepOutcome("blip", "blackhole", 2.0, None, {}, {})
WRONG, DEFECT = AssertionError("gw-2 leads to lb-ext-2"), KeyError("gw-9")


def trial(*steps: StepOutcome, steady: bool = True, stepping: bool = False) -> Trial:
    begun = Trial(cast("Any", None), 1, lambda _: None)
    begun.steps.extend(steps)
    begun.phase, begun.steady, begun.stepping = "instruments", steady, stepping
    return begun


def test_nothing_raised_is_as_expected() -> None:
    assert ended(trial(STEP), None) == TrialOutcome(True, (), (STEP,))


@pytest.mark.parametrize(
    "failure, said",
    [
        (WRONG, "gw-2 leads to lb-ext-2"),
        (DEFECT, "KeyError: 'gw-9'"),
        (NotSteady("Pair not steady."), "Pair not steady."),
    ],
)
def test_what_the_pair_did_is_not_as_expected(failure: Exception, said: str) -> None:
    assert ended(trial(STEP), failure) == TrialOutcome(True, (), (STEP,), failure=said)


@pytest.mark.parametrize("failure", [AgentError("hand is gone."), NotMeasured("db-1 does not answer.")])
def test_a_failure_of_our_own_instruments_is_invalid(failure: Exception) -> None:
    assert ended(trial(STEP), failure) == TrialOutcome(False, (str(failure),), (STEP,), "instruments")


@pytest.mark.parametrize("failure", [BadValue("watch", 0, "positive"), UsageError("no such pair")])
def test_a_test_that_asks_for_what_is_wrong_ends(failure: Exception) -> None:
    assert ended(trial(STEP), failure) == TrialOutcome(False, (str(failure),), (STEP,), "ended early")


@pytest.mark.parametrize(
    "begun, failure, result",
    [
        (trial(), WRONG, True),
        (trial(), DEFECT, False),  # the same in each trial
        (trial(STEP), DEFECT, True),
        (trial(STEP, stepping=True), DEFECT, False),  # a check of ours
        (trial(STEP, stepping=True), WRONG, False),
        (trial(STEP, steady=False), WRONG, False),  # an assertion of the harness itself, while it waits
        (trial(STEP), AgentError("gone"), False),
        (trial(steady=False), NotSteady("not steady"), True),
    ],
)
def test_whose_an_error_is(begun: Trial, failure: Exception, *, result: bool) -> None:
    assert is_result(begun, failure) == result
    if not result and not isinstance(failure, AgentError):
        assert ended(begun, failure).phase == "ended early"


def test_an_invalid_trial_is_invalid_whatever_was_raised() -> None:
    late = trial(STEP)
    late.invalid = ("late",)
    for failure in (None, WRONG, DEFECT, BadValue("watch", 0, "positive")):
        assert ended(late, failure) == TrialOutcome(False, ("late",), (STEP,), "instruments")


@pytest.mark.parametrize(
    "error, said",
    [
        (AssertionError("wrong\n  where pytest explains"), "wrong"),
        (AssertionError(), "AssertionError"),
        (AgentError("hand is gone.\nIts log"), "hand is gone."),
        (ValueError("too many"), "ValueError: too many"),
        (ValueError(), "ValueError"),
    ],
)
def test_an_error_is_told_in_its_first_line(error: Exception, said: str) -> None:
    assert words(error) == said
