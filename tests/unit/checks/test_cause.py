"""More arrivals, slower service, or sessions held by their clients: told apart at the frontend that filled."""

import pytest

from harness import checks
from harness.model.events import HaproxySample
from harness.model.ops import SqlRoll
from tests.histories import LB1, HistoryBuilder, ns

LIMIT = 200


def story(came: float, answered: float, serving: float = 1.0) -> HistoryBuilder:
    """100 requests a second until 0; then `came` and `answered` a second until it is full.

    `serving`: the share of its sessions that the backend has too.
    """
    builder = HistoryBuilder().op(SqlRoll("db-1"), 0.0)
    builder.events = [event for event in builder.events if not isinstance(event, HaproxySample)]
    requests, sessions = 0.0, 0.0
    for tenth in range(-20, 100):
        t = tenth / 10
        more = min(LIMIT - sessions, (came - answered) / 10) if t >= 0 else 0
        sessions += more
        requests += more + (answered if t >= 0 else 100) / 10
        for proxy, held in (("api/FRONTEND", sessions), ("servers/BACKEND", serving * sessions)):
            builder.event(HaproxySample(ns(t), LB1, proxy, "OPEN", int(held), LIMIT, 0, int(requests), 2, 0))
    return builder


def cause(builder: HistoryBuilder) -> checks.CauseOfFull:
    history, step = builder.judged()
    return checks.cause(history, step, history.topology.pairs["external"])


@pytest.mark.parametrize(
    "came,answered,serving,expected",
    [
        (100, 10, 1.0, "service"),  # a slow query
        (110, 60, 1.0, "service"),
        (2000, 120, 1.0, "arrivals"),  # a flood of requests
        (160, 100, 1.0, "arrivals"),
        (2000, 120, 0.1, "held"),  # a flood of sessions that ask nothing
        (100, 10, 0.1, "held"),
        (400, 10, 1.0, "inconclusive"),  # both: more come, and each takes longer
        (140, 90, 1.0, "inconclusive"),  # neither is clear
    ],
)
def test_cause(came: float, answered: float, serving: float, expected: str) -> None:
    assert cause(story(came, answered, serving)) == expected


def test_what_did_not_fill_has_no_cause() -> None:
    assert cause(story(100, 100)) == "inconclusive"


def test_without_a_steady_state_there_is_no_threshold() -> None:
    builder = story(100, 10)
    builder.events = [e for e in builder.events if not isinstance(e, HaproxySample) or e.t >= ns(0)]
    assert cause(builder) == "inconclusive"


def test_a_frontend_that_is_full_already_did_not_fill_in_this_step() -> None:
    builder = story(100, 10)
    builder.events = [e for e in builder.events if not isinstance(e, HaproxySample) or not ns(0) <= e.t < ns(3)]
    assert cause(builder) == "inconclusive"
