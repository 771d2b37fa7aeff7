"""Why a step measures nothing, and when it came to that; and how an experiment takes two owners."""

from typing import Any, Self, cast

import pytest

from experiments.pair import only_owner
from harness.experiment import StepResult
from harness.experiment import trial as module
from harness.experiment.ending import ended
from harness.experiment.run import Run
from harness.experiment.trial import InvalidTrial, Trial, invalidity
from harness.history import History
from harness.model.events import Lag
from harness.model.machine_load import Share
from harness.model.outcome import Phase
from harness.model.units import ms, s
from harness.recovery.reasons import Cause, Reason
from tests.histories import june_13, ns

STRAY = Reason("Before the fault gw-2 did not reach lb-ext-1, the owner of external's VIP.", Cause.state)
LOST = Reason("eye lost 3 events.", Cause.instruments)
LATE = Reason("An arrival of customer-1 was late by 0.60 s.", Cause.machine)
BUSY = Reason("The machine: tasks waited for a CPU 70 % of the time.", Cause.busy)


@pytest.mark.parametrize(
    "reasons, phase",
    [
        ((), "instruments"),
        ((STRAY,), "before the fault"),
        ((LOST,), "instruments"),
        ((STRAY, LOST), "instruments"),
        ((LATE, BUSY), "machine"),
    ],
)
def test_our_own_failure_explains_an_unsteady_state(
    monkeypatch: pytest.MonkeyPatch, reasons: tuple[Reason, ...], phase: Phase
) -> None:
    monkeypatch.setattr(module, "reasons_of", lambda *_: reasons)
    assert invalidity(*june_13().judged()) == (tuple(reason.words for reason in reasons), phase)


def test_whose_fault_an_invalid_trial_is_needs_no_reading_of_its_words() -> None:
    story = june_13().machine(-1.0, 10.0, waited=1.0).event(Lag(ns(4), "eye", 600 * ms))
    run = cast("Run", cast("Any", Recorded(story.build())))
    trial = Trial(run, 0, lambda _: None)
    with pytest.raises(InvalidTrial, match=r"read up to 0\.60 s late.*The machine: ") as invalid:
        trial.step("blip", None, watch=10 * s)
    assert invalid.value.phase == trial.phase == "machine"
    outcome = ended(trial, invalid.value)
    assert (outcome.valid, outcome.phase, outcome.reasons) == (False, "machine", trial.invalid)
    (step,) = outcome.steps
    assert step.machine
    assert step.machine.waited == Share(1.0, 1.0)
    assert InvalidTrial("late").phase == "instruments"


class Recorded:
    """A run that has been recorded already."""

    def __init__(self, history: History) -> None:
        self.lab, self._history = self, history

    def mark(self, _name: str, _trial: int, _step: str) -> None:
        pass

    def now(self) -> int:
        return ns(0)

    def wait_until(self, _instant: int) -> None:
        pass

    def history(self) -> History:
        return self._history


class Ended:
    """A step at whose end these nodes have the VIP."""

    def __init__(self, *owners: str) -> None:
        self.history = self.tables = self.topology = self.step = self.first = self
        self.ends_ns = 1
        self._owners = list(owners)

    def virtual_router(self) -> Self:
        return self

    def owners_at(self, _vip: Self, _t: int) -> list[str]:
        return self._owners


def test_the_only_owner() -> None:
    assert only_owner(cast("StepResult", cast("Any", Ended("lb-ext-2")))) == "lb-ext-2"


@pytest.mark.parametrize(
    "owners, said", [((), "0 owners .*: –"), (("lb-ext-1", "lb-ext-2"), "2 owners .*: lb-ext-1, lb-ext-2")]
)
def test_two_owners_or_none_are_a_failed_assertion(owners: tuple[str, ...], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        only_owner(cast("StepResult", cast("Any", Ended(*owners))))
