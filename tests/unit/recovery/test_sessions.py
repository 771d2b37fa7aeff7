"""How a frontend fills: sessions, limit, and the time that Little's law predicts."""

import pytest

from harness.history.timeline import Interval
from harness.model.events import DatabaseSample, HaproxySample
from harness.model.ops import SqlRoll
from harness.model.requests import Outcome
from harness.model.units import s
from harness.recovery import session_measures
from harness.recovery.sessions import predicted_s
from tests.histories import LB1, HistoryBuilder, ns


def filling() -> HistoryBuilder:
    """600 arrivals a second; after 0 nobody is answered; lb-ext-1 has 300 of 300 sessions after half a second."""
    story = HistoryBuilder().op(SqlRoll("db-1"), 0.0)
    for tenth in range(-9, 90):
        sessions = max(0, min(300, 60 * tenth))
        story.event(HaproxySample(ns(tenth / 10), LB1, "api/FRONTEND", "OPEN", sessions, 300, 0, 0, 2, 0))
    story.event(DatabaseSample(ns(5), "db-1", "ix_client", 9, 16, 1400, 1, 60, 3, 20, read_only=False))
    return story.requests(0.0, 10.0, outcome=Outcome.read_timeout, done=20 * s)


def test_measures() -> None:
    measures = session_measures(*filling().judged())
    assert measures["sessions_peak"] == 300
    assert measures["limit"] == 300
    assert measures["seconds_to_limit"] == 0.5
    assert measures["predicted_s"] == pytest.approx(0.5, rel=0.02)
    assert measures["plan"] == "db-1 ix_client"


def test_a_lab_without_databases_has_none() -> None:
    assert session_measures(*HistoryBuilder().judged()) == {}


def test_who_answers_as_fast_as_they_come_never_fills() -> None:
    history = HistoryBuilder().build()
    assert predicted_s(history, 300, Interval(ns(0), ns(1))) is None
