"""Sessions of a flood, as measures of a step."""

from harness.model.events import FloodSample
from harness.model.ops import FloodMode
from harness.recovery import flood_measures
from tests.histories import HistoryBuilder, ns


def sample(t: float, node: str, mode: FloodMode, asked: int, held: int, *, reopened: int = 7) -> FloodSample:
    return FloodSample(ns(t), node, mode, asked, 100, held, 0, 100 - held, held + reopened, reopened, held, 0, {}, 0)


def test_without_a_flood_there_is_nothing_to_say() -> None:
    assert flood_measures(*HistoryBuilder().judged()) == {}


def test_all_floods_are_counted_together() -> None:
    story = HistoryBuilder()
    for t, held in ((0.0, 0), (0.1, 90), (0.2, 80)):
        story.event(sample(t, "customer-1", "idle", 100, held)).event(sample(t, "customer-2", "requests", 300, 100))
    assert flood_measures(*story.judged()) == {
        "flood_asked": 400,
        "flood_wanted": 200,
        "flood_open": 190,
        "flood_reopened": 14,
    }


def test_totals_are_those_of_the_last_sample() -> None:
    story = HistoryBuilder()
    for t, reopened in ((0.1, 1), (0.2, 5), (0.3, 9)):
        story.event(sample(t, "customer-1", "idle", 100, 90, reopened=reopened))
    assert flood_measures(*story.judged())["flood_reopened"] == 9
