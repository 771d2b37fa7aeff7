"""What the databases answer per second: from rows that were read, and from answers that customers got."""

import msgspec
import pytest

from harness.history.timeline import Interval
from harness.model.errors import NotMeasured
from harness.model.events import DatabaseSample
from harness.model.node import Node
from harness.model.ops import WRONG_INDEX
from harness.model.requests import Outcome, Stream
from harness.model.units import ms
from harness.recovery.capacity import Capacity, _answers, answered_hz, running, wrong_hz
from tests.histories import HistoryBuilder, ns

ROWS = 243_001
WATCHED = Interval(ns(1.0), ns(3.0))


def sample(t: float, rows: int, node: str = "db-1", begun: int = 16) -> DatabaseSample:
    return DatabaseSample(ns(t), node, WRONG_INDEX, 15, begun, 500, rows, 60, 3, 20, read_only=False)


def told(*samples: DatabaseSample) -> HistoryBuilder:
    """Of two databases, what these samples say."""
    story = HistoryBuilder()
    databases = {name: Node(name, "database", ()) for name in ("db-1", "db-2")}
    story.topology = msgspec.structs.replace(story.topology, nodes=story.topology.nodes | databases)
    for each in samples:
        story.event(each)
    return story


def test_rows_of_both_databases_are_counted_from_the_first_sample_to_the_last() -> None:
    """db-1 reads two answers' worth of rows a second, db-2 one and a half."""
    first, second = [(1.0, 0), (1.5, 1), (2.0, 2 * ROWS)], [(1.0, 7), (2.5, 7), (2.9, 7 + ROWS * 285 // 100)]
    samples = [*(sample(*each) for each in first), *(sample(*each, node="db-2") for each in second)]
    assert wrong_hz(told(*samples).build(), WATCHED) == pytest.approx(3.5, rel=1e-6)


def test_rows_outside_the_window_are_none_of_it() -> None:
    """The flip itself is before, and healing after it."""
    idle = (sample(1.0, 9, "db-2"), sample(2.0, 9, "db-2"))
    samples = (sample(0.9, 0), sample(1.0, 5 * ROWS), sample(2.0, 6 * ROWS), sample(3.0, 99 * ROWS), *idle)
    assert wrong_hz(told(*samples).build(), WATCHED) == 1.0


@pytest.mark.parametrize("other", [(), (sample(1.5, 9, "db-2"),), (sample(1.5, 9, "db-2"), sample(2.0, 8, "db-2"))])
def test_one_database_does_not_tell_for_two(other: tuple[DatabaseSample, ...]) -> None:
    """Not sampled, sampled once, or restarted, and its counter begins anew. Seen: 0.1/s, of one of two alone."""
    with pytest.raises(NotMeasured, match="It is unknown how many rows db-2 read"):
        wrong_hz(told(sample(1.0, 0), sample(2.0, ROWS), *other).build(), WATCHED)


def test_databases_that_read_nothing_tell_that() -> None:
    idle = (sample(1.0, 9, "db-2"), sample(2.0, 9, "db-2"))
    assert wrong_hz(told(sample(1.0, 5), sample(2.0, 5), *idle).build(), WATCHED) == 0.0


def test_what_a_database_reads_is_that_of_databases_alone() -> None:
    """A counter of a node that is none is not asked for."""
    databases = (sample(1.0, 0), sample(2.0, ROWS), sample(1.0, 9, "db-2"), sample(2.0, 9, "db-2"))
    story = told(*databases, sample(1.0, 0, "api-1"), sample(2.0, ROWS, "api-1"))
    assert wrong_hz(story.build(), WATCHED) == 1.0


def test_whatever_was_begun_by_each_newest_sample_is_running() -> None:
    story = told(sample(1.0, 0, begun=3), sample(2.0, 0, begun=5), sample(1.5, 0, "db-2", 7))
    story.event(sample(2.5, 0, "db-2", 99))
    assert running(story.build(), ns(2.5)) == 12
    assert running(story.build(), ns(1.0)) == 0


def customers(**fields: int) -> HistoryBuilder:
    """200 a second at each of three vantage points."""
    return HistoryBuilder().requests(-2.0, 10.0, stream=Stream.background, **fields)


def test_answers_at_every_vantage_point_count() -> None:
    assert answered_hz(customers().build(), WATCHED) == pytest.approx(600, abs=2)


def test_they_count_when_they_are_given() -> None:
    """A request sent in the window and answered after it counts in the next one; so do the first in this one."""
    late = customers(done=2_500 * ms)
    assert answered_hz(late.build(), Interval(ns(-0.5), ns(1.5))) == pytest.approx(300, abs=2)


@pytest.mark.parametrize("outcome", [Outcome.http_error, Outcome.dropped, Outcome.read_timeout])
def test_right_answers_alone_count(outcome: Outcome) -> None:
    story = customers().requests(1.0, 2.0, outcome=outcome)
    assert answered_hz(story.build(), WATCHED) == pytest.approx(300, abs=2)


def test_probes_are_no_customers() -> None:
    with pytest.raises(NotMeasured, match="No customer was answered"):
        answered_hz(HistoryBuilder().build(), WATCHED)


def test_capacity_is_told_in_plain_words() -> None:
    told = "The databases answer 412 customers/s along the right index, 8.1/s along the wrong one."
    assert str(Capacity(412.4, 8.13)) == told


@pytest.mark.parametrize("end_ns, answers", [(0, 0), (1, 1)])
def test_an_answer_at_the_end_of_a_window_is_of_the_next_one(end_ns: int, answers: int) -> None:
    """And one at its begin is its own: no answer counts twice."""
    built = customers().build()
    done = int(built.arrivals("customer-1", Stream.background)["done"][700])
    windows = [Interval(done - 1, done + end_ns), Interval(done, done + 1)]
    inside = [_answers(built, "customer-1", window) for window in windows]
    assert inside == [answers, 1]
