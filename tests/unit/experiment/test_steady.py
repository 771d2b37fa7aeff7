"""What keeps a trial from beginning."""

import pytest

from harness.experiment.steady import unsteady
from harness.lab import compose
from harness.lab.view import View
from harness.model.events import ConnectingSample, HaproxySample

FRONTEND = HaproxySample(1, "lb-ext-1", "api/FRONTEND", "OPEN", 60, 200, 0, 0, 0, 0)


@pytest.mark.parametrize(
    "event, reason",
    [
        (ConnectingSample(1, "customer-2", 11), "11 connections of customer-2 have no answer"),
        (FRONTEND, "lb-ext-1 api/FRONTEND is 30% full"),
    ],
)
def test_who_is_left_of_an_earlier_trial_is_waited_for(event: ConnectingSample | HaproxySample, reason: str) -> None:
    view = View(compose.topology())
    assert reason not in unsteady(view)
    view.take(event)
    assert reason in unsteady(view)
    view.take(ConnectingSample(2, "customer-2", 3))
    assert "customer-2 have" not in unsteady(view)
