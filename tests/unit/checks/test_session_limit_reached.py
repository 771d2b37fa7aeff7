"""A frontend that is full accepts no client."""

from harness import checks
from harness.model.events import HaproxySample, ServiceChanged
from harness.model.ops import SqlRoll
from tests.histories import LB1, LB2, HistoryBuilder, ns


def test_full() -> None:
    finding = checks.session_limit_reached(
        *HistoryBuilder().op(SqlRoll("db-1"), 0.0).haproxy(LB1, 2.0, sessions=2000).judged()
    )
    assert finding.violated
    assert "2000 sessions from +2.000 s on" in finding.sentence


def test_one_less_is_not_full() -> None:
    finding = checks.session_limit_reached(*HistoryBuilder().haproxy(LB1, 2.0, sessions=1999).judged())
    assert finding.holds
    assert "At most 1999 of 2000" in finding.sentence


def test_what_was_before_the_fault_does_not_count() -> None:
    story = HistoryBuilder().haproxy(LB1, -1.5, sessions=2000).haproxy(LB1, -1.1)
    assert checks.session_limit_reached(*story.judged()).holds


def test_what_was_not_sampled_may_have_been_full() -> None:
    """1 s is nothing; a frontend that was seen full stays one, whatever was not sampled."""
    for end, verdict in ((2.8, "holds"), (3.1, "inconclusive")):
        story = HistoryBuilder().unseen(HaproxySample, begin=2.0, end=end)
        assert checks.session_limit_reached(*story.judged()).verdict == verdict
    finding = checks.session_limit_reached(*HistoryBuilder().unseen(HaproxySample, begin=2.0, end=5.0).judged())
    assert finding.sentence.startswith("Missing: HAProxy samples of lb-ext-1, from +2.9")
    story = HistoryBuilder().haproxy(LB1, 7.0, sessions=2000).unseen(HaproxySample, begin=2.0, end=5.0)
    assert checks.session_limit_reached(*story.judged()).violated


def test_haproxy_that_could_not_be_asked() -> None:
    finding = checks.session_limit_reached(*HistoryBuilder().haproxy(LB1, 2.0, "unknown").judged())
    assert finding.inconclusive
    assert "HAProxy samples of lb-ext-1, which could not be asked, from" in finding.sentence


def test_haproxy_that_does_not_run_need_not_be_asked() -> None:
    story = HistoryBuilder().unseen(HaproxySample, begin=2.0, end=5.0)
    for node in (LB1, LB2):
        for t, state in ((2.0, "down"), (5.0, "up")):
            story.event(ServiceChanged(ns(t), node, "haproxy", state))
    assert checks.session_limit_reached(*story.judged()).holds
