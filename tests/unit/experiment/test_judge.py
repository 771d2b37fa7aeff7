"""What a step's outcome says beside its checks."""

import pytest

from harness.experiment.judge import judge
from tests.histories import HistoryBuilder, june_13, ns


def test_phase_and_causes_are_measures() -> None:
    result = judge(june_13().build(), 0, "blip", None, ns(10.0) - ns(0.0))
    assert result.stale_because == {"gw-2": "never sent", "customer-3": "never sent"}
    assert result.outcome.measures == {
        "phase_s": pytest.approx(0.097),
        "stale_because gw-2": "never sent",
        "stale_because customer-3": "never sent",
    }


def test_nothing_to_measure() -> None:
    assert judge(HistoryBuilder().build(), 0, "blip", None, ns(10.0) - ns(0.0)).outcome.measures == {}
