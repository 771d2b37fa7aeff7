"""How soon everybody is served once the plan is right again."""

import pytest

from harness.history.timeline import Interval
from harness.model.events import DatabaseSample, HaproxySample
from harness.model.ops import FeatureSet
from harness.model.requests import Outcome
from harness.model.units import s
from harness.recovery import session_measures
from harness.recovery.drain import answered_hz
from tests.histories import LB1, HistoryBuilder, ns


def drained(running: int = 20, plan: str = "ix_client") -> HistoryBuilder:
    """600 customers a second from -1 s on. At 0 the index is forced, after 3 s the first of them are answered.

    Two databases read 600,000 rows a second in all, for `running` authentications of 243,001 rows.
    """
    story = HistoryBuilder().op(FeatureSet("api-1", "force_index", enabled=True), 0.0)
    for tenth in range(-20, 91):
        t, sessions = tenth / 10, 10 if tenth > 50 else 300
        story.event(HaproxySample(ns(t), LB1, "full/FRONTEND", "OPEN", sessions, 300, 0, 0, 2, 0))
        for node in ("db-1", "db-2"):
            rows = 30_000 * (tenth + 20)
            story.event(DatabaseSample(ns(t), node, plan, 9, running // 2, 1400, rows, 60, 3, 20, read_only=False))
    return story


def test_rows_left_to_read_and_then_whoever_waits() -> None:
    """20 × 243,001 / 2 / 600,000 = 4.05 s; 300 sessions at 1,200 − 600 a second: 0.5 s."""
    story = drained().requests(-1.0, 4.0, done=s).requests(4.0, 5.0, done=500_000_000).requests(5.0, 9.0)
    assert session_measures(*story.judged())["predicted_served_s"] == pytest.approx(4.55, abs=0.1)


@pytest.mark.parametrize(
    "story",
    [
        drained(0).requests(-1.0, 9.0),
        drained(plan="ix_bucket").requests(-1.0, 9.0),
        drained().requests(-1.0, 9.0, outcome=Outcome.reset),
    ],
)
def test_nothing_is_foreseen_where_nothing_was_slow_or_nobody_is_answered(story: HistoryBuilder) -> None:
    assert "predicted_served_s" not in session_measures(*story.judged())


def test_the_best_half_second_counts() -> None:
    history = HistoryBuilder().requests(0.0, 2.0).requests(2.0, 3.0, done=s).requests(3.0, 4.0).build()
    assert answered_hz(history, Interval(ns(0), ns(2))) == pytest.approx(600, abs=10)
    assert answered_hz(history, Interval(ns(0), ns(4))) == pytest.approx(1200, abs=20)
