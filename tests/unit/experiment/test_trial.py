"""Why a step measures nothing, and when it came to that; and how an experiment takes two owners."""

from typing import Any, Self, cast

import pytest

from experiments.june_13 import only_owner
from harness.experiment import StepResult
from harness.experiment import trial as module
from harness.experiment.trial import invalidity
from harness.model.outcome import Phase
from tests.histories import june_13

STRAY = "Before the fault gw-2 did not reach lb-ext-1, the owner of external's VIP."
LOST = "eye lost 3 events."


@pytest.mark.parametrize(
    "reasons, phase",
    [
        ((), "instruments"),
        ((STRAY,), "before the fault"),
        ((LOST,), "instruments"),
        ((STRAY, LOST), "instruments"),  # who lost events may have lost what the first one misses
    ],
)
def test_our_own_failure_explains_an_unsteady_state(
    monkeypatch: pytest.MonkeyPatch, reasons: tuple[str, ...], phase: Phase
) -> None:
    monkeypatch.setattr(module, "invalid_because", lambda *_: reasons)
    monkeypatch.setattr(module, "unsteady_because", lambda *_: tuple(r for r in reasons if r == STRAY))
    assert invalidity(*june_13().judged()) == (reasons, phase)


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
