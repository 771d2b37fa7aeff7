"""Clients at a balancer, by the newest samples before an instant."""

import pytest
from msgspec.structs import replace

from harness.history.timeline import Interval
from harness.model.events import ConnectingSample, HaproxySample, ListenSample
from harness.model.units import s
from harness.recovery.crowd import Crowd, crowd, ended_hz
from harness.recovery.sessions import Fill
from tests.histories import LB1, LB2, HistoryBuilder, ns


def sample(t: float, sessions: int, requests: int = 0) -> HaproxySample:
    return HaproxySample(ns(t), LB1, "api/FRONTEND", "OPEN", sessions, 300, 0, requests, 2, 0)


FRONTEND = Fill([sample(0, 0)], None, None)


def told(*samples: HaproxySample) -> HistoryBuilder:
    story = HistoryBuilder()
    for each in samples:
        story.event(each)
    return story


def test_the_newest_sample_before_it_counts() -> None:
    """Not that of the instant itself, which may already show what the act did; nor another frontend's."""
    story = told(sample(0.2, 10), sample(0.4, 20), sample(0.5, 30))
    story.event(replace(sample(0.45, 70), proxy="stats/FRONTEND")).event(replace(sample(0.45, 80), node=LB2))
    assert crowd(story.build(), FRONTEND, ns(0.5)) == Crowd(20, 0, 0)
    assert crowd(story.build(), FRONTEND, ns(0.5) + 1) == Crowd(30, 0, 0)


@pytest.mark.parametrize("age_ns, seen", [(s, 7), (s + 1, 0)])
def test_what_is_older_than_a_second_does_not_count(age_ns: int, seen: int) -> None:
    story = HistoryBuilder().unseen(ListenSample, HaproxySample, end=0.0)
    story.event(sample(2.0, 7)).event(ListenSample(ns(2.0), LB1, 80, 7, 200, 0, 0))
    story.event(ConnectingSample(ns(2.0), "customer-1", 7))
    seen_by_all = crowd(story.build(), FRONTEND, ns(2.0) + age_ns)
    assert seen_by_all == Crowd(seen, seen, seen)
    assert seen_by_all.size == 3 * seen


def test_every_port_and_every_customer_counts_once() -> None:
    story = told(sample(0.1, 10))
    for t in (0.1, 0.2):
        story.event(ListenSample(ns(t), LB1, 80, 5, 200, 0, 0)).event(ListenSample(ns(t), LB1, 81, 6, 200, 0, 0))
        story.event(ListenSample(ns(t), LB2, 80, 99, 200, 0, 0))
        story.event(ConnectingSample(ns(t), "customer-1", 3)).event(ConnectingSample(ns(t), "customer-2", 4))
    assert crowd(story.build(), FRONTEND, ns(0.3)) == Crowd(10, 11, 7)


@pytest.mark.parametrize(
    "samples, hz",
    [
        # 60 were begun in 2 s, and 20 more are there: 40 have ended.
        ([sample(1, 10, 100), sample(2, 80, 130), sample(3, 30, 160)], 20.0),
        ([sample(1, 10, 100), sample(3, 30, 160)], 20.0),
        ([sample(1, 30, 100), sample(3, 10, 100)], 10.0),  # no client came
        ([sample(1, 10, 100), sample(3, 70, 160)], 0.0),  # no client left
        ([sample(1, 10, 100), sample(3, 90, 160)], 0.0),  # some have sent no request yet
        ([sample(1, 90, 100), sample(3, 10, 99)], 0.0),  # it counts anew: it was restarted
        ([sample(1, 90, 100)], 0.0),
        ([], 0.0),
    ],
)
def test_clients_that_left_are_those_that_came_and_are_not_there(samples: list[HaproxySample], hz: float) -> None:
    assert ended_hz(told(*samples).build(), FRONTEND, Interval(ns(0.5), ns(3.5))) == hz
