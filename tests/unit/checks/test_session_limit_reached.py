"""A frontend that is full accepts nobody."""

from harness import checks
from harness.model.ops import SqlRoll
from tests.histories import LB1, HistoryBuilder


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
    assert checks.session_limit_reached(*HistoryBuilder().haproxy(LB1, -1.5, sessions=2000).judged()).holds
