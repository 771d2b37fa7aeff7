"""What an agent told and the record lacks; how late an observer read."""

import pytest

from harness.history.continuity import ASSUMED_LAG_NS, Continuity
from harness.history.timeline import Interval
from harness.model.events import AgentStarted, AnyEvent, EventsLost, Lag
from harness.model.units import ms


def told(*serials: int, agent: str = "eye", since: int = 0) -> list[AnyEvent]:
    """Number n is told at the instant 10 n."""
    return [EventsLost(since + 10 * serial, "x", 1, told_by=agent, serial=serial) for serial in serials]


OTHERS = [*told(1, 99, agent="hand")[1:], *told(1, 99, agent="service")[1:]]


@pytest.mark.parametrize(
    "events, until, hole",
    [
        ([], 1_000, None),  # not numbered: taken for whole
        (told(1, 2, 3), 30, None),
        (told(7, 8, 9), 90, None),  # subscribed later
        (told(1, 2, 4, 5), 50, 20),
        (told(1, 2, 4, 5), 20, None),  # what is missing came later
        (told(1, 2, 4, 5, 9), 90, 20),  # the first one
        (told(1, 2, 3), 31, 30),  # it ends too early
        (OTHERS, 50, 0),  # others are numbered, and this one told nothing
        (told(2, 1, 3), 30, None),  # frames have the kernel's stamps: read late, told late
        ([*told(1, 2), AgentStarted(100, "eye", "b", 0), *told(1, 2, 3, since=100)], 130, None),
        ([*told(1, 4), AgentStarted(100, "eye", "b", 0), *told(1, 2, 3, since=100)], 130, None),  # it told all anew
        ([*told(1, 4), AgentStarted(100, "eye", "b", 0), *told(1, 2, 3, since=100)], 40, 10),
        (
            [*told(1, 4), AgentStarted(100, "eye", "b", 0), *told(1, 2, since=100)],
            100,
            None,
        ),  # just begun
        ([*told(1, 2, 3), AgentStarted(100, "hand", "b", 0), *told(9)], 90, 30),  # another agent's start
    ],
)
def test_hole(events: list[AnyEvent], until: int, hole: int | None) -> None:
    assert Continuity(sorted(events, key=lambda event: event.t)).hole("eye", until) == hole


def test_lag_is_that_of_the_reports_that_cover_the_interval() -> None:
    lags = Continuity([Lag(t, "eye", lag) for t, lag in ((100, 1), (200, 9), (300, 2), (400, 7))])
    assert lags.lag_ns(Interval(250, 260)) == 2
    assert lags.lag_ns(Interval(150, 260)) == 9
    assert lags.lag_ns(Interval(200, 201)) == 9  # told at 200 of what was read until then
    assert lags.lag_ns(Interval(201, 400)) == 7
    assert lags.lag_ns(Interval(401, 500)) == ASSUMED_LAG_NS  # not yet told


def test_lag_of_an_observer_that_does_not_report() -> None:
    silent = Continuity([Lag(100, "service", 3)])
    assert silent.lag_ns(Interval(0, 200)) == ASSUMED_LAG_NS == 50 * ms
    assert silent.lag_ns(Interval(0, 90), "service") == 3
