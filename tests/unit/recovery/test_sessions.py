"""How a frontend fills: sessions, limit, the time that Little's law predicts, and what the records account for."""

import dataclasses

import msgspec
import pytest
from msgspec.structs import replace

from harness.model.events import ConnectingSample, DatabaseSample, HaproxySample, ListenSample, SessionLimitSet
from harness.model.ops import SessionLimit, SqlRoll
from harness.model.requests import Outcome
from harness.model.units import s
from harness.recovery import session_measures
from harness.recovery.sessions import fills
from tests.histories import LB1, LB2, HistoryBuilder, ns

WRONG = DatabaseSample(ns(5), "db-1", "ix_client", 9, 16, 1400, 1, 60, 3, 20, read_only=False)


def sample(seconds: float, sessions: int, limit: int, requests: int) -> HaproxySample:
    return HaproxySample(ns(seconds), LB1, "full/FRONTEND", "OPEN", sessions, limit, 0, requests, 2, 0)


def filling() -> HistoryBuilder:
    """600 arrivals a second; after 0 none is answered; lb-ext-1 has 300 of 300 sessions after half a second."""
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


def test_nor_one_without_vantage_points() -> None:
    """No frontend is the one that customers use."""
    history, step = filling().judged()
    without = msgspec.structs.replace(history.topology, vantages={})
    assert session_measures(dataclasses.replace(history, topology=without), step) == {}


def test_nor_one_whose_balancers_are_not_sampled() -> None:
    assert session_measures(*HistoryBuilder().event(WRONG).unseen(HaproxySample).judged()) == {}


@pytest.mark.parametrize(
    "sessions, full",
    [
        ([79, 100], [1]),
        ([80, 100], []),  # of a limit of 100, fewer than 80 are room
        ([100, 100], []),  # full from the begin on
        ([79, 90, 99, 100], [3]),
        ([79, 100, 99, 100], [1]),  # it was nearly full all the time
        ([79, 100, 79, 120, 79], [1, 3]),
        ([79, 99], []),
        ([], []),
    ],
)
def test_a_frontend_becomes_full_when_it_had_room(sessions: list[int], full: list[int]) -> None:
    samples = [sample(t, each, 100, 0) for t, each in enumerate(sessions)]
    assert [*fills(samples)] == [ns(t) for t in full]


def frontend(story: HistoryBuilder, node: str, *sessions: int, limit: int, **fields: str) -> HistoryBuilder:
    """One sample each 0.1 s from 1 s on."""
    for tenth, each in enumerate(sessions, 10):
        story.event(replace(sample(tenth / 10, each, limit, 0), node=node, **fields))
    return story


@pytest.mark.parametrize(
    "first, second, peak",
    [
        (([90, 90], 100), ([500, 500], 1000), 90),  # neither is full: 90 % are more than 50 %
        (([90, 99], 100), ([500, 1000], 1000), 1000),  # the full one
        (([50, 100, 120], 100), ([1000, 1000, 1000], 1000), 120),  # the other was full before
        (([50, 100, 120], 100), ([500, 500, 1000], 1000), 120),  # the one that was full first
    ],
)
def test_measured_is_the_frontend_that_filled_first_or_came_nearest_to_it(
    first: tuple[list[int], int], second: tuple[list[int], int], peak: int
) -> None:
    for one, another in ((LB1, LB2), (LB2, LB1)):
        story = frontend(HistoryBuilder().event(WRONG), one, *first[0], limit=first[1])
        frontend(story, another, *second[0], limit=second[1])
        assert session_measures(*story.judged())["sessions_peak"] == peak


def test_only_frontends_with_a_limit_of_the_pairs_own_nodes_count() -> None:
    story = frontend(HistoryBuilder().event(WRONG), LB1, 10, 20, limit=100)
    frontend(story, "db-1", 99, 99, limit=100)
    frontend(story, LB1, 98, 98, limit=100, proxy="api/BACKEND")
    frontend(story, LB1, 97, 97, limit=0, proxy="stats/FRONTEND")
    assert session_measures(*story.judged())["sessions_peak"] == 20


def test_each_time_it_is_full_counts_and_the_first_is_when_it_was_reached() -> None:
    """At 1.1 s, and again at 1.4 s, with another limit at last; lb-ext-2 at 1.2 s, too."""
    story = HistoryBuilder().op(SqlRoll("db-1"), 0.0003).event(WRONG)
    frontend(story, LB1, 10, 300, 320, 10, 300, limit=300)
    frontend(story, LB2, 10, 10, 300, limit=300).event(sample(1.5, 7, 400, 0))
    measures = session_measures(*story.judged())
    assert (measures["times_full"], measures["seconds_to_limit"]) == (3, 1.1)
    assert (measures["sessions_peak"], measures["limit"]) == (320, 400)


def test_a_step_that_is_never_full_has_no_time_to_the_limit() -> None:
    story = frontend(HistoryBuilder().event(WRONG), LB1, 10, 200, limit=300)
    measures = session_measures(*story.judged())
    assert measures.keys() == {
        *("sessions_peak", "limit", "customers_before", "customers_present", "times_full", "plan"),
    }
    assert measures["times_full"] == 0


def growing(before: int, by: int, limit: int = 300) -> HistoryBuilder:
    """600 come each second. In 1.9 s sessions grow by so many to those before the act, which sets the limit at 0."""
    story = HistoryBuilder().event(WRONG).event(SessionLimitSet(ns(0), LB1, limit, "live"))
    story.op(SessionLimit(LB1, limit), 0)
    story.event(sample(-2, before - by, 10_000, 0)).event(sample(-0.1, before, 10_000, 1140))
    story.event(sample(1, 10, limit, 1140)).event(sample(2, limit, limit, 1140))
    return story.requests(-2.0, 10.0, outcome=Outcome.read_timeout, done=20 * s)


@pytest.mark.parametrize(
    "before, by, predicted_s",
    [
        (100, 570, 0.667),  # (300 − 100) / 300, to the millisecond
        (299, 19, 0.1),  # one more fits
        (300, 19, None),  # not one
        (301, 19, None),
        (0, 19, 30.0),
        (280, 1, 38.0),  # hardly more come than leave
        (280, 0, None),
        (280, -1, None),
    ],
)
def test_a_limit_is_predicted_where_there_is_room_and_more_come_than_leave(
    before: int, by: int, predicted_s: float | None
) -> None:
    assert session_measures(*growing(before, by).judged())["predicted_s"] == predicted_s


@pytest.mark.parametrize(
    "events, predicted_s",
    [
        ([(LB1, "live"), (LB1, "reload")], 0.5),  # 300 / 600: the sessions before are the old process's
        ([(LB1, "live")], 0.25),
        ([(LB1, "live"), (LB2, "reload")], 0.25),  # that is another balancer
    ],
)
def test_only_its_own_reload_takes_the_sessions_away(events: list[tuple[str, str]], predicted_s: float) -> None:
    story = growing(150, 1140)
    story.events = [event for event in story.events if not isinstance(event, SessionLimitSet)]
    for node, way in events:
        story.event(SessionLimitSet(ns(0), node, 300, way))
    assert session_measures(*story.judged())["predicted_s"] == predicted_s


def test_a_predicted_limit_is_the_one_in_force_at_the_end() -> None:
    """Raised once more, in the last second."""
    story = growing(100, 570).event(sample(9.5, 300, 400, 1140))
    assert session_measures(*story.judged())["predicted_s"] == 1.0


def test_without_a_sample_before_the_act_no_client_is_counted() -> None:
    story = growing(0, 1140).unseen(HaproxySample, end=0.0)
    measures = session_measures(*story.judged())
    assert (measures["sessions_before"], measures["predicted_s"]) == (0, 0.5)


def test_clients_that_leave_as_fast_as_they_come_never_fill_it() -> None:
    """It is full for another reason, for which the rates do not account."""
    story = HistoryBuilder().op(SqlRoll("db-1"), 0.0).event(WRONG)
    for tenth in range(-9, 90):
        story.event(sample(tenth / 10, 300 if tenth > 5 else 10, 300, 600 * tenth + 6000))
    assert session_measures(*story.requests(0.0, 10.0).judged())["accounting_s"] is None


def raised(growth: int = 600) -> HistoryBuilder:
    """600 come each second from -2 s on, and none is answered before 0. At 0 the limit goes from 300 to 3,000.

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
    """(3,000 − 1,200) / 600: the rates are those before, and all in the kernel's queue count."""
    measures = session_measures(*raised().judged())
    assert [measures[f"{kind}_before"] for kind in ("sessions", "queued", "connecting")] == [300, 200, 700]
    assert measures["customers_before"] == pytest.approx(1200, abs=5)
    assert measures["limit"] == 3000
    assert measures["predicted_s"] == pytest.approx(3.0, rel=0.02)
    assert measures["seconds_to_limit"] == pytest.approx(3.0, abs=0.11)
    assert measures["times_full"] == 1
    assert measures["limit_set"] == f"{LB1} live"


def test_a_prediction_knows_only_what_was_before_the_act() -> None:
    """3 s were predicted. Then half of those that come are answered, and it takes 6 s."""
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
    """The VIP was at lb-ext-2 before: 200 sessions are left there, full at first, and none of them ends."""
    story = raised()
    story.events = [event for event in story.events if not (isinstance(event, HaproxySample) and event.t == ns(0))]
    for hundredth in range(-90, 900, 10):
        limit = 3000 if hundredth > 10 else 300
        story.event(replace(sample(hundredth / 100 + 0.01, 300, limit, 300), node=LB2))
    assert session_measures(*story.judged())["sessions_peak"] == 3000
