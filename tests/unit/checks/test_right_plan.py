"""The plan is told by the rows that were read, never by how long it took."""

from harness import checks
from harness.model.events import DatabaseSample
from harness.model.ops import SqlRoll
from harness.model.outcome import Finding
from tests.histories import HistoryBuilder, ns

WRONG_EXECUTION = 243_001


def judged(rows: list[int], plan: str = "ix_bucket", longest_ms: int = 2, every_s: float = 0.1) -> Finding:
    """Handler_read_next of db-1 from 1 s on."""
    story = HistoryBuilder().op(SqlRoll("db-1"), 0.0)
    for n, read_next in enumerate(rows):
        t = ns(1.0 + n * every_s)
        story.event(DatabaseSample(t, "db-1", plan, 15, 1, longest_ms, read_next, 60, 3, 20, read_only=False))
    return checks.right_plan(*story.judged())


def test_wrong() -> None:
    finding = judged([1_000, 2_500, 2_500 + WRONG_EXECUTION], "ix_client", 150)
    assert finding.violated
    assert "db-1 from +1.200 s on" in finding.sentence


def test_slow_and_right_holds() -> None:
    """A starved server is slow, and its plan is right."""
    assert judged([1_000, 2_500, 4_000], longest_ms=3_000).holds


def test_chosen_and_not_executed_holds() -> None:
    """EXPLAIN names what would be chosen; with the index forced nobody asks for it."""
    finding = judged([1_000, 2_500, 4_000], "ix_client")
    assert finding.holds
    assert "the index is forced" in finding.sentence


def test_rows_that_the_plan_does_not_explain() -> None:
    assert judged([1_000, 2_500 + WRONG_EXECUTION]).inconclusive


def test_without_two_samples_nothing_is_known() -> None:
    assert judged([1_000], "ix_client").inconclusive


def test_a_lab_without_databases_has_no_wrong_plan() -> None:
    assert judged([]).holds


def test_a_restarted_server_counts_from_zero() -> None:
    assert judged([900_000, 10, 1_000], "ix_client").holds


def test_a_gap_between_samples_is_no_burst() -> None:
    """300,000 rows in 10 s are 20,000 authentications."""
    assert judged([0, 300_000], "ix_client", every_s=5.0).holds
