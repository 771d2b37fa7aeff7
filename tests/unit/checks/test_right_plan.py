"""The plan is known by the rows that were read, never by the time."""

import dataclasses

import msgspec
import pytest

from harness import checks
from harness.model.events import DatabaseSample
from harness.model.node import Node
from harness.model.ops import RIGHT_INDEX, WRONG_INDEX, FlushNeighbours, SqlRoll
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
    """EXPLAIN names what would be chosen; with the index forced no query uses it."""
    finding = judged((1.0, 1_500, WRONG_INDEX))
    assert finding.holds
    assert "the index is forced" in finding.sentence


@pytest.mark.parametrize(
    "longest_ms, rows, plan, verdict",
    [
        (999, FEW, WRONG_INDEX, "holds"),
        (1_000, FEW, WRONG_INDEX, "inconclusive"),
        (1_000, FEW, RIGHT_INDEX, "holds"),  # a slow query along the right index, which no plan makes faster
        (1_000, FEW, "", "holds"),  # no plan was asked for
        (1_000, MANY, WRONG_INDEX, "violated"),  # rows tell
    ],
)
def test_a_machine_that_is_too_slow_to_tell(longest_ms: int, rows: int, plan: str, verdict: str) -> None:
    """An authentication ran for a second under the wrong plan, at fewer rows a second than the bound."""
    history, step = HistoryBuilder().op(SqlRoll("db-1"), 0.0).database((1.0, rows, plan)).judged()
    longer = tuple(
        msgspec.structs.replace(event, longest_ms=longest_ms) if isinstance(event, DatabaseSample) else event
        for event in history.events
    )
    assert checks.right_plan(dataclasses.replace(history, events=longer), step).verdict == verdict


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


def sample(t: float, node: str, rows: int, plan: str = WRONG_INDEX) -> DatabaseSample:
    return DatabaseSample(ns(t), node, plan, 15, 1, 2, rows, 60, 3, 20, read_only=False)


def of(*samples: DatabaseSample, watch_s: float = 3.0, began: float = 0.0, databases: int = 1) -> Finding:
    """Databases db-1 … with these samples alone, within a watch too short to miss others."""
    story = HistoryBuilder(watch_s=watch_s).op(FlushNeighbours("gw-1"), began)
    nodes = {f"db-{n}": Node(f"db-{n}", "database", ()) for n in range(1, databases + 1)}
    story.topology = msgspec.structs.replace(story.topology, nodes=story.topology.nodes | nodes)
    for each in samples:
        story.event(each)
    return checks.right_plan(*story.judged())


@pytest.mark.parametrize("rows, verdict", [(50_000, "holds"), (50_001, "violated")])
def test_fifty_thousand_rows_a_second_are_allowed(rows: int, verdict: str) -> None:
    assert of(sample(-0.5, "db-1", 0), sample(0.5, "db-1", 10), sample(1.5, "db-1", 10 + rows)).verdict == verdict


def test_a_watch_between_two_samples() -> None:
    """There is a database, of which the watch shows one sample or none."""
    for t in (0.5, 2.9):
        finding = of(sample(-0.1, "db-1", 0), sample(t, "db-1", 1), watch_s=2.0)
        assert finding.inconclusive
        assert finding.sentence == "No database was sampled."
    assert of(sample(-0.1, "db-1", 0), sample(0.5, "db-1", 1), sample(1.0, "db-1", 2), watch_s=2.0).holds


def test_one_of_two_databases_was_sampled() -> None:
    """The other one was not sampled long enough: the samples of the first count."""
    before = (sample(-0.1, "db-1", 0), sample(-0.1, "db-2", 0))
    wrong = of(*before, sample(0.5, "db-1", 1), sample(1.0, "db-1", 900_000), sample(1.1, "db-2", 1), databases=2)
    assert wrong.violated
    assert of(*before, sample(0.5, "db-1", 1), sample(1.0, "db-1", 2), sample(1.1, "db-2", 1), databases=2).holds


def test_the_first_of_several_is_told() -> None:
    told = (sample(1.0, "db-1", 0), sample(2.0, "db-1", 900_000), sample(0.5, "db-2", 0), sample(1.5, "db-2", 900_000))
    finding = of(*told, databases=2)
    assert finding.violated
    assert finding.sentence == "db-1 and db-2 read along the wrong index, db-2 from +1.500 s on."
    assert [instant.what.split()[0] for instant in finding.instants] == ["db-1", "db-2"]


def test_one_of_several_is_explained_by_its_plan() -> None:
    rows = ((-0.1, 0), (1.0, 0), (2.0, 900_000))
    told = [sample(t, node, n, plan) for node, plan in (("db-1", WRONG_INDEX), ("db-2", RIGHT_INDEX)) for t, n in rows]
    finding = of(*told, databases=2)
    assert finding.inconclusive
    assert finding.sentence == f"db-2 read very many rows, but EXPLAIN named {RIGHT_INDEX} throughout."
