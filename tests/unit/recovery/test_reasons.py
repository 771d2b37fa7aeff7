"""What made a step invalid: told by the kinds of its reasons."""

import pytest

from harness.model.outcome import Phase
from harness.recovery.reasons import Cause, Reason, machine_spoilt, phase_of

C = Cause


@pytest.mark.parametrize(
    "causes, phase",
    [
        ([C.state], "before the fault"),
        ([C.instruments], "instruments"),
        ([C.state, C.instruments], "instruments"),  # lost events may be those that the first one misses
        ([C.machine, C.busy], "machine"),
        ([C.machine, C.machine, C.busy], "machine"),
        ([C.state, C.machine, C.busy], "machine"),  # a machine that made us late has made the pair late, too
        ([C.machine, C.instruments, C.busy], "instruments"),
        ([C.machine, C.idle], "instruments"),  # our load died of itself
        ([C.machine], "instruments"),  # it is unknown how busy it was
        ([C.state, C.machine], "instruments"),
        ([], "instruments"),
    ],
)
def test_what_an_invalid_trial_is_counted_under(causes: list[Cause], phase: Phase) -> None:
    reasons = [Reason("The machine was busy.", cause) for cause in causes]  # words do not count
    assert phase_of(reasons) == phase
    assert machine_spoilt(reasons) == (phase == "machine")
