"""When a node could serve, as its process and its HAProxy's samples tell."""

from collections.abc import Callable

import numpy as np
import pytest

from harness.checks._serving import able, never_up, unable, unheard
from harness.history.timeline import FOREVER, Interval
from harness.model.events import HaproxySample, Lag, ServiceChanged
from harness.model.requests import Outcome
from harness.model.units import ms
from tests.histories import LB1, LB2, HistoryBuilder, ns

NS = 1e-9
UP, DOWN = ("servers/BACKEND", "UP"), ("servers/BACKEND", "DOWN")
OPEN = ("api/FRONTEND", "OPEN")


def answer(story: HistoryBuilder, t: float, *proxies: tuple[str, str], node: str = LB1) -> HistoryBuilder:
    """One answer of the node's HAProxy: its proxies and their status."""
    for proxy, status in proxies:
        story.event(HaproxySample(ns(t), node, proxy, status, 5, 200, 0, 0, 2, 0))
    return story


def times(told: Callable[..., list[Interval]], story: HistoryBuilder, node: str = LB1) -> list[tuple[float, float]]:
    """In seconds, without what was before the first effect at -1.0 s."""
    history, step = story.judged()
    found = told(history, step, history.topology.virtual_routers["external"], node)
    return [
        (round((one.begin - ns(0.0)) * NS, 9), round((one.end - ns(0.0)) * NS, 9)) for one in found if one.end > ns(0.0)
    ]


def steady() -> HistoryBuilder:
    """Its backend was UP before the step began."""
    return answer(HistoryBuilder(), -1.9, OPEN, UP)


def test_a_sample_counts_until_the_next_and_for_a_second_at_most() -> None:
    story = answer(answer(answer(steady(), 1.0, OPEN, UP), 1.5, OPEN, DOWN), 4.0, OPEN, UP)
    assert times(able, story) == [(1.0, 1.5), (4.0, 5.0)]
    assert times(unable, story) == [(1.5, 2.5)]


@pytest.mark.parametrize("status", ["silent", "refused", "unknown"])
def test_no_answer(status: str) -> None:
    """If HAProxy could not be asked, its state is unknown."""
    story = answer(answer(steady(), 1.0, OPEN, UP), 1.5, ("", status)).dark(1.0, 3.0)
    assert times(able, story) == [(1.0, 1.5)]
    assert times(unable, story) == ([] if status == "unknown" else [(1.5, 2.5)])


WORKS: dict[str, tuple[tuple[tuple[str, str], ...], bool | None]] = {
    "open, and servers": ((OPEN, UP), True),
    "full": ((("api/FRONTEND", "FULL"), UP), True),
    "a frontend that is stopped": ((("api/FRONTEND", "STOP"), UP), False),
    "one of two frontends is stopped": ((OPEN, ("web/FRONTEND", "STOP"), UP), False),
    "no servers": ((OPEN, DOWN), False),
    "some servers": ((OPEN, ("servers/BACKEND", "UP 1/2")), True),
    "a server that is down": ((OPEN, UP, ("servers/api-1", "DOWN")), True),
    "frontends alone": ((OPEN,), True),
    "another backend, that never was up": ((OPEN, UP, ("reports/BACKEND", "DOWN")), True),
    "of another backend alone nothing is known": ((OPEN, ("reports/BACKEND", "DOWN")), None),
    "of another backend that is up, neither": ((OPEN, ("reports/BACKEND", "UP")), None),
    "whose frontend is stopped": ((("api/FRONTEND", "STOP"), ("reports/BACKEND", "UP")), False),
}


@pytest.mark.parametrize("proxies, works", WORKS.values(), ids=WORKS.keys())
def test_what_an_answer_says(proxies: tuple[tuple[str, str], ...], *, works: bool | None) -> None:
    story = answer(steady(), 1.0, *proxies)
    assert times(able, story) == ([(1.0, 2.0)] if works else [])
    assert times(unable, story) == ([(1.0, 2.0)] if works is False else [])


@pytest.mark.parametrize("began", ["down", "stopped"])
def test_a_process_that_does_not_run_lasts_until_it_does(began: str) -> None:
    """Whatever samples say: that of a moment before still counts then."""
    story = answer(answer(steady(), 1.0, OPEN, UP), 4.0, OPEN, UP)
    for t, node, service, state in (
        (1.2, LB1, "haproxy", began), (1.5, LB2, "haproxy", "up"), (1.6, LB1, "keepalived", "up"),
        (3.0, LB1, "haproxy", "up"), (3.5, LB2, "haproxy", "down"), (3.6, LB1, "keepalived", "down"),
    ):  # fmt: skip
        story.event(ServiceChanged(ns(t), node, service, state))
    assert times(unable, story) == [(1.2, 3.0)]
    assert times(able, story) == [(1.0, 1.2), (4.0, 5.0)]


def test_a_process_that_never_came_back() -> None:
    story = steady().event(ServiceChanged(ns(1.0), LB1, "haproxy", "down"))
    history, step = story.judged()
    found = unable(history, step, history.topology.virtual_routers["external"], LB1)
    assert found[-1] == Interval(ns(1.0), FOREVER)


def test_samples_of_the_other_node_are_its_own() -> None:
    story = answer(answer(steady(), 1.0, OPEN, UP), 1.2, OPEN, DOWN, node=LB2)
    assert times(able, story) == [(1.0, 2.0)]
    assert times(unable, story, LB2) == [(1.2, 2.2)]


def frontends() -> HistoryBuilder:
    """lb-ext-2 has no backend."""
    return answer(HistoryBuilder(), -1.95, OPEN, node=LB2)


def never(story: HistoryBuilder) -> list[str]:
    history, step = story.judged()
    return never_up(history, step, history.topology.virtual_routers["external"], LB1)


@pytest.mark.parametrize("up, unknown", [(-2.0, False), (-2.0 - NS, True), (-1.0 - NS, False), (-1.0, True)])
def test_the_steady_state_begins_a_second_before_the_step(up: float, *, unknown: bool) -> None:
    """A sample of then was recent as it began, at -1.0 s; from the first effect on, which is at once, it is none."""
    story = answer(answer(frontends(), up, UP), 1.0, OPEN, DOWN, ("reports/BACKEND", "DOWN"))
    assert never(story) == (["reports", "servers"] if unknown else [])


def test_a_backend_of_either_node_of_the_router_counts_and_no_others() -> None:
    """lb-ext-2's does; a gateway's, a server's and a frontend's do not."""
    story = answer(answer(frontends(), -1.9, UP, node=LB2), 1.0, OPEN, DOWN)
    assert never(story) == []
    story = answer(answer(frontends(), -1.9, UP, node="gw-1"), 1.0, OPEN, DOWN)
    assert never(story) == ["servers"]
    story = answer(answer(frontends(), -1.9, OPEN, ("servers/api-1", "UP")), 1.0, OPEN, DOWN)
    assert never(story) == ["servers"]
    story = answer(answer(steady(), 1.0, OPEN, ("reports/BACKEND", "UP")), 1.1, UP, node=LB2)
    assert never(story) == ["reports"]


def test_a_frontend_that_was_open_is_no_backend() -> None:
    """Of a node that has both of one name."""
    story = answer(frontends(), -1.9, ("servers/FRONTEND", "OPEN"), node=LB2)
    assert never(answer(story, 1.0, ("servers/FRONTEND", "OPEN"), DOWN)) == ["servers"]


@pytest.mark.parametrize(
    "status, late_ns, expected",
    [
        ("silent", 250 * ms, True),
        ("silent", 250 * ms - 1, False),
        ("silent", 400 * ms, True),
        ("refused", 400 * ms, False),
        ("DOWN", 400 * ms, False),
    ],
)
def test_an_agent_late_by_half_its_patience_may_have_missed_the_answer(
    status: str, late_ns: int, *, expected: bool
) -> None:
    """The agent waits for 0.5 s."""
    story = HistoryBuilder().dark(2.0, 4.0)
    story.service_lag_ns = late_ns
    history, _ = story.judged()
    assert unheard(history, HaproxySample(ns(3.0), LB1, "", status, 0, 0, 0, 0, 0, 0)) is expected


@pytest.mark.parametrize("answered_s, expected", [(2.749, False), (2.75, True), (2.999, True), (3.0, False)])
def test_a_haproxy_that_answered_a_customer_meanwhile_was_not_silent(answered_s: float, *, expected: bool) -> None:
    """In the second half of the half second until 3.0 s: what it answered before says nothing of the rest."""
    history, _ = HistoryBuilder().dark(2.0, 4.0).judged()
    late = np.flatnonzero(history.requests["due"] >= ns(2.5))[0]
    for name, value in {
        "outcome": Outcome.ok,
        "balancer": history.topology.numbers("balancer")[LB1],
        "done": ns(answered_s),
    }.items():
        history.requests[name][late] = value
    assert unheard(history, HaproxySample(ns(3.0), LB1, "", "silent", 0, 0, 0, 0, 0, 0)) is expected


@pytest.mark.parametrize("late_at, expected", [(1.9, False), (2.5, True), (3.1, True), (3.3, False)])
def test_it_must_have_been_late_while_it_waited(late_at: float, *, expected: bool) -> None:
    """From 2.5 to 3.0 s; what it reports next tells of that, too. It reports every 0.2 s."""
    story = HistoryBuilder().dark(2.0, 4.0)
    story.lag_ns = None
    for tenth in range(-19, 100, 2):
        story.event(Lag(ns(tenth / 10), "service", 300 * ms if abs(tenth / 10 - late_at) < 0.05 else 0))
    history, _ = story.judged()
    assert unheard(history, HaproxySample(ns(3.0), LB1, "", "silent", 0, 0, 0, 0, 0, 0)) is expected
