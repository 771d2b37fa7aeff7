"""What a step's outcome says beside its checks."""

from dataclasses import replace

import pytest

from harness.experiment.judge import StepResult, judge, rejudge
from harness.faults import blackhole
from harness.history import History
from harness.model.errors import NotMeasured
from harness.model.events import Marked
from harness.model.stop_condition import STOPPED
from tests.histories import HistoryBuilder, june_13, ns


def test_phase_and_causes_are_measures() -> None:
    result = judge(june_13().build(), 0, "blip", None, ns(10.0) - ns(0.0))
    assert result.stale_because == {"gw-2": "never sent", "customer-3": "never sent"}
    assert result.outcome.measures == {
        "phase_s": pytest.approx(0.097),
        "stale_because gw-2": "never sent",
        "stale_because customer-3": "never sent",
    }


def result(history: History) -> StepResult:
    return judge(history, 0, "blip", None, ns(10.0) - ns(0.0))


def test_who_is_served_in_the_end() -> None:
    seen = result(june_13().build())
    assert seen.served == {"customer-1": True, "customer-2": False, "customer-3": False}
    assert seen.success == {"customer-1": 1.0, "customer-2": 0.0, "customer-3": 0.0}


def test_silence_is_no_success_and_no_failure() -> None:
    """Nothing arrived from customer-2: neither "served" nor "at most 3 %" can be said of anybody."""
    history = june_13().build()
    mute = replace(history, requests=history.requests[history.requests["vantage"] != 2])
    with pytest.raises(NotMeasured, match=r"No arrivals in the settled part of the watch: customer-2 in step 'blip'\."):
        assert max(result(mute).success.values()) <= 0.03
    with pytest.raises(NotMeasured, match=r"to judge service: customer-2 in step 'blip'\."):
        assert not result(mute).served["customer-3"]


def test_who_was_just_answered_is_not_known_to_be_served() -> None:
    """6 good arrivals at the end of the watch."""
    seen = result(HistoryBuilder().drop("trunk.a", 0.0, 0.8).dark(1.0, 9.97, "customer-3").build())
    assert seen.vantages["customer-3"].state == "censored"
    with pytest.raises(NotMeasured, match="customer-3"):
        assert seen.served


def test_nothing_to_measure() -> None:
    assert judge(HistoryBuilder().build(), 0, "blip", None, ns(10.0) - ns(0.0)).outcome.measures == {}


def test_when_a_stop_condition_was_met_is_told_from_the_first_effect() -> None:
    marks = Marked(ns(0.2), "other", 0, ""), Marked(ns(0.5), STOPPED, 0, "success < 0.5"), Marked(ns(0.7), STOPPED, 0)
    story = june_13()
    for mark in marks:
        story.event(mark)
    seen = result(story.build())
    assert seen.stopped_ns == ns(0.5)
    assert seen.measures["stopped_s"] == pytest.approx(0.5, abs=0.01)
    assert result(june_13().build()).stopped_ns is None


def test_a_recorded_step_is_judged_as_it_was() -> None:
    """Its watch is kept in seconds. What was done is told in the fault's own words, and nothing done as ``watch``."""
    history = june_13().build()
    recorded = judge(history, 0, "blip", blackhole("trunk"), 10_500_000_000).outcome
    assert recorded.watch_s == 10.5
    assert recorded.action == blackhole("trunk").describe()
    assert result(history).action == "watch"
    assert rejudge(history, 0, recorded) == recorded
