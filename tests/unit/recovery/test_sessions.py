"""How a frontend fills: sessions, limit, the time that Little's law predicts, and what the records account for."""

import pytest
from msgspec.structs import replace

from harness.model.events import ConnectingSample, DatabaseSample, HaproxySample, ListenSample, SessionLimitSet
from harness.model.ops import SessionLimit, SqlRoll
from harness.model.requests import Outcome
from harness.model.units import s
from harness.recovery import session_measures
from tests.histories import LB1, LB2, HistoryBuilder, ns

WRONG = DatabaseSample(ns(5), "db-1", "ix_client", 9, 16, 1400, 1, 60, 3, 20, read_only=False)


def sample(seconds: float, sessions: int, limit: int, requests: int) -> HaproxySample:
    return HaproxySample(ns(seconds), LB1, "full/FRONTEND", "OPEN", sessions, limit, 0, requests, 2, 0)


def filling() -> HistoryBuilder:
    """600 arrivals a second; after 0 nobody is answered; lb-ext-1 has 300 of 300 sessions after half a second."""
    story = HistoryBuilder().op(SqlRoll("db-1"), 0.0).event(WRONG)
    for tenth in range(-9, 90):
        sessions = max(0, min(300, 60 * tenth))
        story.event(sample(tenth / 10, sessions, 300, 540 + min(60 * tenth, sessions)))
    return story.requests(0.0, 10.0, outcome=Outcome.read_timeout, done=20 * s)


def test_measures() -> None:
    measures = session_measures(*filling().judged())
    assert measures["sessions_peak"] == 300
    assert measures["limit"] == 300
    assert measures["seconds_to_limit"] == 0.5
    assert measures["accounting_s"] == pytest.approx(0.5, rel=0.02)
    assert measures["plan"] == "db-1 ix_client"


def test_a_fault_is_not_predicted() -> None:
    """Its rates are known only from the time until the frontend was full: that time is in them already."""
    assert "predicted_s" not in session_measures(*filling().judged())


def test_a_lab_without_databases_has_none() -> None:
    assert session_measures(*HistoryBuilder().judged()) == {}


def test_who_leave_as_fast_as_they_come_never_fill_it() -> None:
    """It is full for another reason, for which the rates do not account."""
    story = HistoryBuilder().op(SqlRoll("db-1"), 0.0).event(WRONG)
    for tenth in range(-9, 90):
        story.event(sample(tenth / 10, 300 if tenth > 5 else 10, 300, 600 * tenth + 6000))
    assert session_measures(*story.requests(0.0, 10.0).judged())["accounting_s"] is None


def raised(growth: int = 600) -> HistoryBuilder:
    """600 come each second from -2 s on, and nobody is answered before 0. At 0 the limit goes from 300 to 3,000.

    From then on some are answered, so that sessions grow by `growth` a second. Until then 200 wait in the kernel's
    queue, and 700 have no answer to their SYN.
    """
    story = HistoryBuilder().event(WRONG).event(SessionLimitSet(ns(0), LB1, 3000, "live"))
    story.op(SessionLimit(LB1, 3000), 0.0)
    for tenth in range(-9, 90):
        limit = 3000 if tenth > 0 else 300
        sessions = min(limit, 1200 + (growth if tenth > 0 else 600) * tenth // 10)
        ended = max(0, (600 - growth) * tenth // 10)
        story.event(sample(tenth / 10, sessions, limit, sessions + ended))
        if tenth < 0:
            story.event(ListenSample(ns(tenth / 10), LB1, 80, 200, 200, 0, 0))
            story.event(ConnectingSample(ns(tenth / 10), "customer-1", 400))
            story.event(ConnectingSample(ns(tenth / 10), "customer-2", 300))
    return story.requests(-2.0, 10.0, outcome=Outcome.read_timeout, done=20 * s)


def test_a_raise_buys_time() -> None:
    """(3,000 − 1,200) / 600: the rates are those before, and all who wait for the kernel count."""
    measures = session_measures(*raised().judged())
    assert [measures[f"{who}_before"] for who in ("sessions", "queued", "connecting")] == [300, 200, 700]
    assert measures["customers_before"] == pytest.approx(1200, abs=5)
    assert measures["limit"] == 3000
    assert measures["predicted_s"] == pytest.approx(3.0, rel=0.02)
    assert measures["seconds_to_limit"] == pytest.approx(3.0, abs=0.11)
    assert measures["times_full"] == 1
    assert measures["limit_set"] == f"{LB1} live"


def test_a_prediction_knows_only_what_was_before_the_act() -> None:
    """3 s were predicted. Then half of those who come are answered, and it takes 6 s."""
    measures = session_measures(*raised(growth=300).judged())
    assert measures["predicted_s"] == pytest.approx(3.0, rel=0.02)
    assert measures["seconds_to_limit"] == pytest.approx(6.0, abs=0.11)


def test_without_a_new_limit_nothing_is_predicted() -> None:
    story = raised()
    story.events = [event for event in story.events if not isinstance(event, SessionLimitSet)]
    assert session_measures(*story.judged()).keys().isdisjoint({"predicted_s", "accounting_s"})


def test_a_reload_leaves_the_sessions_to_the_old_process() -> None:
    """The new one has room for as many again: (3,000 − 900) / 600."""
    story = raised()
    story.events = [replace(e, way="reload") if isinstance(e, SessionLimitSet) else e for e in story.events]
    assert session_measures(*story.judged())["predicted_s"] == pytest.approx(3.5, rel=0.02)


def test_a_raise_is_judged_where_the_customers_are() -> None:
    """The VIP was at lb-ext-2 before: 200 sessions are left there, full at first, which nobody ends or adds to."""
    story = raised()
    story.events = [event for event in story.events if not (isinstance(event, HaproxySample) and event.t == ns(0))]
    for hundredth in range(-90, 900, 10):
        limit = 3000 if hundredth > 10 else 300
        story.event(replace(sample(hundredth / 100 + 0.01, 300, limit, 300), node=LB2))
    assert session_measures(*story.judged())["sessions_peak"] == 3000
