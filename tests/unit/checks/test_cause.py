"""More arrivals, slower service, or sessions held by their clients: told apart at the frontend that filled."""

import pytest

from harness import checks
from harness.checks._cause import Load, judged
from harness.model.events import HaproxySample
from harness.model.ops import SqlRoll
from tests.histories import LB1, HistoryBuilder, ns

LIMIT = 200
USUAL = 100


def story(came: float, answered: float, serving: float = 1.0) -> HistoryBuilder:
    """`USUAL` requests a second until 0; then `came` and `answered` a second, until it is full; then `answered`.

    `serving`: the share of its sessions that the backend has too.
    """
    builder = HistoryBuilder().op(SqlRoll("db-1"), 0.0)
    builder.events = [event for event in builder.events if not isinstance(event, HaproxySample)]
    requests, sessions = 0.0, 0.0
    for tenth in range(-20, 100):
        t = tenth / 10
        more = min(LIMIT - sessions, (came - answered) / 10) if t >= 0 else 0
        sessions += more
        requests += more + (answered if t >= 0 else USUAL) / 10
        for proxy, held in (("api/FRONTEND", sessions), ("servers/BACKEND", serving * sessions)):
            builder.event(HaproxySample(ns(t), LB1, proxy, "OPEN", int(held), LIMIT, 0, int(requests), 2, 0))
    return builder


def cause(builder: HistoryBuilder) -> checks.CauseOfFull:
    history, step = builder.judged()
    return checks.cause(history, step, history.topology.virtual_routers["external"])


@pytest.mark.parametrize(
    "came,answered,serving,expected",
    [
        (100, 10, 1.0, "service"),  # a slow query
        (110, 60, 0.9, "service"),
        (2000, 400, 1.0, "arrivals"),  # a flood of requests
        (2000, 400, 0.1, "arrivals"),  # that is served at once
        (2000, 100, 1.0, "arrivals"),  # where no more can be served than in steady state
        (2000, 60, 0.1, "held"),  # a flood of sessions that ask nothing: some customers have one, too
        (2000, 0, 0.0, "held"),
        (2000, 10, 1.0, "inconclusive"),  # both: more come, and each takes longer
        (2000, 10, 0.5, "inconclusive"),  # half of them asks nothing, half waits for a slow query
        (2000, 120, 0.1, "inconclusive"),  # some more ask, and most are silent
        (140, 90, 1.0, "inconclusive"),  # nothing is clear
    ],
)
def test_cause(came: float, answered: float, serving: float, expected: str) -> None:
    assert cause(story(came, answered, serving)) == expected


def test_what_did_not_fill_has_no_cause() -> None:
    assert cause(story(100, 100)) == "inconclusive"


def test_without_a_steady_state_there_is_no_threshold() -> None:
    builder = story(100, 10)
    builder.events = [e for e in builder.events if not isinstance(e, HaproxySample) or e.t >= ns(-0.5)]
    assert cause(builder) == "inconclusive"


def test_a_frontend_that_was_full_already_did_not_fill_in_this_step() -> None:
    builder = story(100, 10)
    for t in (-0.2, -0.1):
        builder.event(HaproxySample(ns(t), LB1, "api/FRONTEND", "OPEN", LIMIT, LIMIT, 0, 5000, 2, 0))
    assert cause(builder) == "inconclusive"


def test_full_for_an_instant_is_too_short_to_say() -> None:
    builder = story(100, 10)
    builder.events = [e for e in builder.events if not isinstance(e, HaproxySample) or e.t <= ns(2.25)]
    assert cause(builder) == "inconclusive"


@pytest.mark.parametrize("requests_hz, expected", [(149, "inconclusive"), (150, "arrivals"), (100, "held")])
def test_bounds_are_of_the_usual(requests_hz: float, expected: str) -> None:
    assert judged(Load(100, 0.1), Load(1000, 0.1), Load(requests_hz, 0.3)) == expected
