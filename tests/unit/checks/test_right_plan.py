"""The plan is told by the rows that were read, never by how long it took."""

from harness import checks
from harness.model.events import DatabaseSample
from harness.model.ops import RIGHT_INDEX, WRONG_INDEX, SqlRoll
from harness.model.outcome import Finding
from tests.histories import HistoryBuilder, ns

MANY, FEW = 52_500, 47_500  # rows a second


def judged(*rates: tuple[float, float, str], told: HistoryBuilder | None = None) -> Finding:
    """(t, rows a second, the index that EXPLAIN names) of db-1."""
    return checks.right_plan(*(told or HistoryBuilder()).op(SqlRoll("db-1"), 0.0).database(*rates).judged())


def test_wrong() -> None:
    finding = judged((1.0, MANY, WRONG_INDEX))
    assert finding.violated
    assert "db-1 from +1.0" in finding.sentence


def test_slow_and_right_holds() -> None:
    assert judged((1.0, 1_500, RIGHT_INDEX)).holds


def test_fewer_rows_than_only_the_wrong_index_explains() -> None:
    assert judged((1.0, FEW, WRONG_INDEX)).holds


def test_chosen_and_not_executed_holds() -> None:
    """EXPLAIN names what would be chosen; with the index forced nobody asks for it."""
    finding = judged((1.0, 1_500, WRONG_INDEX))
    assert finding.holds
    assert "the index is forced" in finding.sentence


def test_rows_that_the_plan_does_not_explain() -> None:
    assert judged((1.0, MANY, RIGHT_INDEX)).inconclusive


def test_without_two_samples_nothing_is_known() -> None:
    assert judged((1.0, MANY, WRONG_INDEX), told=HistoryBuilder().unseen(DatabaseSample, begin=-1.99)).inconclusive


def test_a_database_that_was_not_sampled_for_long() -> None:
    """What it read meanwhile is counted: the rate over the whole time stays known. After 3 s too little is."""
    for end, verdict in ((4.9, "holds"), (5.1, "inconclusive")):
        assert judged(told=HistoryBuilder().unseen(DatabaseSample, begin=2.0, end=end)).verdict == verdict
        wrong = judged((0.5, MANY, WRONG_INDEX), told=HistoryBuilder().unseen(DatabaseSample, begin=2.0, end=end))
        assert wrong.violated


def test_a_lab_without_databases_has_no_wrong_plan() -> None:
    assert checks.right_plan(*HistoryBuilder().judged()).not_applicable


def test_a_restarted_server_counts_from_zero() -> None:
    before = DatabaseSample(ns(-1.99), "db-1", WRONG_INDEX, 15, 1, 2, 900_000, 60, 3, 20, read_only=False)
    assert judged((-2.0, 100, WRONG_INDEX), told=HistoryBuilder().event(before)).holds


def test_a_gap_between_samples_is_no_burst() -> None:
    """75,000 rows in 2.5 s are few a second."""
    story = HistoryBuilder().unseen(DatabaseSample, begin=2.0, end=4.5)
    assert judged((2.0, 30_000, WRONG_INDEX), told=story).holds
