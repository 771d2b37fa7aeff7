"""The average shows it late, or not at all."""

import pytest

from harness.history.timeline import Interval
from harness.model.events import HaproxySample
from harness.model.ops import SqlRoll
from harness.model.units import s
from harness.recovery import alarm_measures
from harness.recovery.alarm import NIGHT_NS, graph
from tests.histories import LB1, HistoryBuilder, ns

LIMIT = 200


def sample(t: float, sessions: int) -> HaproxySample:
    return HaproxySample(ns(t), LB1, "api/FRONTEND", "OPEN", sessions, LIMIT, 0, 0, 2, 0)


def full(begin: float, end: float, until: float = 10.0) -> HistoryBuilder:
    """All of its sessions from `begin` to `end`, none before and after."""
    story = HistoryBuilder(watch_s=until).op(SqlRoll("db-1"), 0.0)
    story.events = [event for event in story.events if not isinstance(event, HaproxySample)]
    for tenth in range(-20, round(10 * until)):
        story.event(sample(tenth / 10, LIMIT if begin <= tenth / 10 < end else 0))
    return story


def test_the_average_tells_later() -> None:
    """Over 5 s it needs four full seconds for 80 % of the limit."""
    measures = alarm_measures(*full(2.0, 10.0).judged())
    assert measures["alarm_s"] == 2.0
    assert measures["alarm_averaged_s"] == 6.0
    assert measures["alarm_window_s"] == 5.0
    assert measures["average_peak"] == LIMIT


def test_the_average_hides_what_is_short() -> None:
    """Full for 3 s of 5, again and again: every sample of it is an alarm, the average shows 60 %."""
    measures = alarm_measures(*full(2.0, 5.0).judged())
    assert measures["alarm_s"] == 2.0
    assert measures["alarm_averaged_s"] is None
    assert measures["average_peak"] == pytest.approx(0.6 * LIMIT, rel=0.02)


def test_as_on_that_night() -> None:
    """Full after half a minute; the average over 5 minutes tells 4 minutes later."""
    step = full(30.0, 400.0, until=400.0).judged()
    measures = alarm_measures(*step, NIGHT_NS)
    assert measures["alarm_s"] == 30.0
    assert measures["alarm_averaged_s"] == 30 + 0.8 * 300
    assert measures["alarm_window_s"] == 300


def test_no_alarm_without_a_cause() -> None:
    assert alarm_measures(*full(20.0, 30.0).judged()) == {}


def test_nor_without_samples() -> None:
    assert alarm_measures(*HistoryBuilder().unseen(HaproxySample).judged()) == {}


@pytest.mark.parametrize("sessions, alarms", [(159, []), (160, [0.0, 4.0]), (200, [0.0, 3.0])])
def test_at_four_fifths_of_the_limit_it_goes_off(sessions: int, alarms: list[float]) -> None:
    """160 of 200 are enough. The average, of a sample each second, gets there when the window has no other."""
    story = HistoryBuilder().op(SqlRoll("db-1"), 0.0)
    for t in range(-2, 10):
        story.event(sample(t, sessions if t >= 0 else 0))
    measures = alarm_measures(*story.judged())
    assert [measures[name] for name in ("alarm_s", "alarm_averaged_s") if measures] == alarms


def test_the_peak_is_told_to_a_tenth() -> None:
    """3 of 7 samples in 5 s have 185, the others 60."""
    story = HistoryBuilder().op(SqlRoll("db-1"), 0.0)
    for n in range(-2, 14):
        story.event(sample(n * 5 / 7, 185 if 4 <= n < 7 else 60))
    assert alarm_measures(*story.judged())["average_peak"] == 113.6


def test_graph() -> None:
    """What was before the first sample was like it. Before that there is no graph."""
    points = graph([sample(t, sessions) for t, sessions in ((0, 10), (1, 20), (2, 60))], Interval(ns(0), ns(3)), 2 * s)
    assert [(point.sessions, point.average) for point in points] == [(10, 10.0), (20, 12.5), (60, 40.0)]
    assert [point.t for point in points] == [ns(0), ns(1), ns(2)]


def test_graph_begins_with_the_first_sample() -> None:
    points = graph([sample(1.5, 10)], Interval(ns(0), ns(4)), s)
    assert points[0] == (ns(2), 10, 10.0)


def test_one_sample_in_the_window_is_its_average() -> None:
    """Sampled each second, averaged over one: the graph is the samples."""
    points = graph([sample(t, 10 * t) for t in range(4)], Interval(ns(0), ns(4)), s)
    assert [point.average for point in points] == [0.0, 10.0, 20.0, 30.0]
