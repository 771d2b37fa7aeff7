"""More arrivals, slower service, or sessions held by their clients: told apart at the frontend that filled."""

import msgspec
import pytest

from harness import checks
from harness.checks._cause import Load, judged
from harness.model.events import HaproxySample
from harness.model.ops import SqlRoll
from tests.histories import LB1, LB2, HistoryBuilder, ns

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


def sampled(builder: HistoryBuilder, *told: tuple[float, int, int], node: str = LB1) -> HistoryBuilder:
    """(t, sessions, requests) of the frontend; half of its sessions and more wait for a server."""
    for t, sessions, requests in told:
        for proxy, held in (("api/FRONTEND", sessions), ("servers/BACKEND", sessions * 4 // 5)):
            builder.event(HaproxySample(ns(t), node, proxy, "OPEN", held, LIMIT, 0, requests, 2, 0))
    return builder


STEADY = ((-1.9, 5, 0), (-1.4, 5, 50))  # 100/s
AT_LIMIT = ((2.0, LIMIT, 1_010), (2.9, LIMIT, 1_020))  # 10/s after 1.0 s
BEGUN = -30e-6  # when the op was begun: it may show before it is acknowledged
NS = 1e-9


def fills(*filling: tuple[float, int, int], then: tuple[tuple[float, int, int], ...] = AT_LIMIT) -> HistoryBuilder:
    return sampled(HistoryBuilder().op(SqlRoll("db-1"), 0.0), *STEADY, *filling, (1.0, LIMIT, 1_000), *then)


@pytest.mark.parametrize(
    "first, expected",
    [
        ((BEGUN - 0.25, 5, 900), "service"),  # 80/s
        ((BEGUN - 0.25, 5, 800), "inconclusive"),  # 160/s, and each takes longer
        ((BEGUN - 0.25 - NS, 5, 900), "inconclusive"),  # one sample alone has no rate
    ],
)
def test_what_came_is_counted_from_a_quarter_of_a_second_before_the_fault(
    first: tuple[float, int, int], expected: str
) -> None:
    assert cause(fills(first)) == expected


@pytest.mark.parametrize(
    "t, expected", [(BEGUN - 0.25, "inconclusive"), (BEGUN - 0.25 - NS, "service"), (BEGUN - NS, "inconclusive")]
)
def test_a_frontend_that_was_full_just_before_did_not_fill_in_this_step(t: float, expected: str) -> None:
    assert cause(fills((t, LIMIT, 900), (-0.1, 5, 910))) == expected


def test_a_frontend_that_fills_as_the_op_begins() -> None:
    told = sampled(HistoryBuilder().op(SqlRoll("db-1"), 0.0), *STEADY, (-0.2, 5, 180), (BEGUN, LIMIT, 200))
    assert cause(sampled(told, (1.0, LIMIT, 210))) == "service"


def test_of_several_faults_the_first_began_it() -> None:
    told = HistoryBuilder().op(SqlRoll("db-1"), 3.0).op(SqlRoll("db-1"), 0.0)
    assert cause(sampled(told, *STEADY, (0.0, 5, 900), (1.0, LIMIT, 1_000), *AT_LIMIT)) == "service"


@pytest.mark.parametrize("t, expected", [(3.0 - NS, "arrivals"), (3.0, "service"), (3.5, "service")])
def test_the_first_two_seconds_at_the_limit_count(t: float, expected: str) -> None:
    """Later clients change their behaviour: some give up, some come again."""
    assert cause(fills((0.0, 5, 900), then=(*AT_LIMIT, (t, LIMIT, 9_000)))) == expected


def test_what_comes_after_the_heal_does_not_count() -> None:
    told = HistoryBuilder().op(SqlRoll("db-1"), 0.0, 2.0)
    sampled(told, *STEADY, (0.0, 5, 900), (1.0, LIMIT, 1_000), (1.9, LIMIT, 1_009), (2.5, LIMIT, 9_000))
    assert cause(told) == "service"


def test_only_the_full_frontend_and_the_backends_of_its_node_are_looked_at() -> None:
    """Another node's, another frontend's, and the servers, which have the same sessions once more."""
    told = fills((0.0, 5, 900))
    for n, t in enumerate((-1.95, -1.3, -0.1, 0.9, 1.5, 2.95)):
        told.event(HaproxySample(ns(t), LB2, "api/FRONTEND", "OPEN", 100, LIMIT, 0, 10_000 * n, 2, 0))
        told.event(HaproxySample(ns(t), LB2, "servers/BACKEND", "UP", 0, 0, 0, 0, 2, 0))
        told.event(HaproxySample(ns(t), LB1, "stats/FRONTEND", "OPEN", 1, LIMIT, 0, 10_000 * n, 2, 0))
    assert cause(told) == "service"
    for t in (1.0, 2.0, 2.9):
        told.event(HaproxySample(ns(t), LB2, "servers/BACKEND", "UP", 9_000, 0, 0, 0, 2, 0))
        told.event(HaproxySample(ns(t), LB1, "servers/api-1", "UP", 9_000, 0, 0, 0, 2, 0))
    assert cause(told) == "service"
    held = sampled(HistoryBuilder().op(SqlRoll("db-1"), 0.0), *STEADY, (0.0, 5, 900), (1.0, LIMIT, 1_000), *AT_LIMIT)
    held.events = [
        msgspec.structs.replace(e, sessions=0) if isinstance(e, HaproxySample) and e.proxy.endswith("BACKEND") else e
        for e in held.events
    ]
    for t in (1.0, 2.0, 2.9):
        held.event(HaproxySample(ns(t), LB2, "servers/BACKEND", "UP", 150, 0, 0, 0, 2, 0))
        held.event(HaproxySample(ns(t), LB1, "servers/api-1", "UP", 150, 0, 0, 0, 2, 0))
    assert cause(held) == "held"


def test_no_request_in_the_steady_state() -> None:
    """Nothing is usual then."""
    told = HistoryBuilder().op(SqlRoll("db-1"), 0.0)
    sampled(told, (-1.9, 5, 50), (-1.4, 5, 50), (0.0, 5, 900), (1.0, LIMIT, 1_000), *AT_LIMIT)
    assert cause(told) == "inconclusive"


def test_two_samples_of_each_time_are_enough_and_one_is_not() -> None:
    assert cause(fills((0.0, 5, 900), then=((2.9, LIMIT, 1_020),))) == "service"
    assert cause(fills((0.0, 5, 900), then=())) == "inconclusive"
    assert cause(fills()) == "inconclusive"


def test_without_samples_nothing_is_known() -> None:
    assert cause(HistoryBuilder().op(SqlRoll("db-1"), 0.0).unseen(HaproxySample)) == "inconclusive"


@pytest.mark.parametrize(
    "filling_hz, requests_hz, waiting, expected",
    [  # 100 a second are usual
        (1_000, 150, 0.3, "arrivals"),  # half as many more
        (1_000, 149, 0.3, "inconclusive"),
        (1_000, 101, 0.3, "inconclusive"),
        (1_000, 100, 0.3, "held"),
        (1_000, 100, 0.31, "inconclusive"),  # more than 0.3 of all sessions wait for a server
        (1_000, 100, 0.69, "inconclusive"),
        (1_000, 100, 0.7, "arrivals"),
        (150, 71, 0.7, "arrivals"),
        (150, 70, 0.7, "inconclusive"),  # more came, and fewer were answered
        (149, 71, 0.7, "inconclusive"),  # neither
        (149, 70, 0.7, "service"),
        (149, 70, 0.69, "inconclusive"),
    ],
)
def test_bounds_are_of_the_usual(filling_hz: float, requests_hz: float, waiting: float, expected: str) -> None:
    assert judged(100, filling_hz, Load(requests_hz, waiting)) == expected
