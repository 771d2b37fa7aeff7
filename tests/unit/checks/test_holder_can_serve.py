"""A VIP on a node that cannot serve."""

import pytest

from harness import checks
from harness.model.events import HaproxySample, Marked, ServiceChanged
from harness.model.ops import Announce
from harness.model.units import ms
from tests.histories import LB1, LB2, SAMPLE_S, HistoryBuilder, carrier_loss, june_13, ns


def service(story: HistoryBuilder, node: str, t: float, state: str) -> HistoryBuilder:
    return story.event(ServiceChanged(ns(t), node, "haproxy", state))


def test_both_could() -> None:
    for story in (HistoryBuilder(), carrier_loss(), june_13()):
        assert checks.holder_can_serve(*story.judged()).holds


@pytest.mark.parametrize("status", ["silent", "refused", "DOWN"])
def test_what_makes_a_holder_useless(status: str) -> None:
    """Frozen, gone, or without servers; 1 s is tolerated."""
    story = HistoryBuilder().haproxy(LB1, 3.0, status).haproxy(LB1, 3.9).dark(2.5, 4.1)
    assert checks.holder_can_serve(*story.judged()).holds
    story = HistoryBuilder().haproxy(LB1, 3.0, status).haproxy(LB1, 4.1).dark(2.5, 4.1)
    finding = checks.holder_can_serve(*story.judged())
    assert finding.violated
    assert "lb-ext-1 held 10.77.0.100 for 1.100 s from +4.000 s" in finding.sentence


@pytest.mark.parametrize("state", ["down", "stopped"])
def test_process(state: str) -> None:
    story = service(service(HistoryBuilder(), LB1, 3.0, state), LB1, 4.1, "up")
    assert checks.holder_can_serve(*story.judged()).violated


def backend(story: HistoryBuilder, name: str, *told: tuple[float, str], nodes: tuple[str, ...] = (LB1, LB2)) -> None:
    """Another backend of these nodes, in every sample: from `t` on it is `status`."""
    for t in story._times(SAMPLE_S):
        status = next(status for since, status in reversed(told) if since <= t)
        for node in nodes:
            story.event(HaproxySample(ns(t), node, f"{name}/BACKEND", status, 0, 200, 0, 0, 0, 0))


def sampled() -> HistoryBuilder:
    """The usual backend, told event by event: then the builder samples nothing besides."""
    story = HistoryBuilder()
    for node in (LB1, LB2):
        for t in story._times(SAMPLE_S):
            story.event(HaproxySample(ns(t), node, "api/FRONTEND", "OPEN", 5, 2000, 0, 0, 2, 0))
    backend(story, "servers", (-2.0, "UP"))
    return story


def test_a_backend_that_never_had_a_server_does_not_count() -> None:
    """Of a site's own configuration: its servers are not in this lab. Customers are served by another backend."""
    story = sampled()
    backend(story, "reports", (-2.0, "DOWN"))
    for check in (checks.holder_can_serve, checks.redundancy_restored):
        assert check(*story.judged()).holds


def test_a_backend_that_had_servers_on_either_node_is_judged() -> None:
    story = sampled()
    backend(story, "reports", (-2.0, "UP"), (3.0, "DOWN"), nodes=(LB1,))
    assert checks.holder_can_serve(*story.judged()).violated
    story = sampled()
    backend(story, "reports", (-2.0, "DOWN"), nodes=(LB1,))
    backend(story, "reports", (-2.0, "UP"), nodes=(LB2,))
    assert checks.holder_can_serve(*story.judged()).violated


def test_a_node_without_any_backend_that_was_up_is_unknown() -> None:
    story = HistoryBuilder().unseen(HaproxySample, end=-1.9).haproxy(LB1, -1.9, "DOWN").haproxy(LB2, -1.9, "DOWN")
    for check in (checks.holder_can_serve, checks.redundancy_restored):
        finding = check(*story.judged())
        assert finding.inconclusive
        assert "a backend of lb-ext-1 that was UP before the fault (servers never was)" in finding.sentence


def test_later_steps_are_judged_by_the_trials_steady_state() -> None:
    """A server that the first step's fault took away is missing in the second step."""
    story = HistoryBuilder().op(Announce("external"), 0.0).haproxy(LB1, 1.0, "DOWN").haproxy(LB2, 1.0, "DOWN")
    story.event(Marked(ns(5.0), "step_begin", 0, "act")).event(Marked(ns(9.0), "step_end", 0, "act"))
    history = story.build()
    assert checks.holder_can_serve(history, history.step(0, "act")).violated


def test_a_full_frontend_still_serves() -> None:
    """HAProxy calls it FULL, or OPEN with as many sessions as it may have."""
    assert checks.holder_can_serve(*HistoryBuilder().haproxy(LB1, 3.0, sessions=2000).judged()).holds
    story = HistoryBuilder()
    for t in range(-20, 101):
        story.event(HaproxySample(ns(t / 10), LB1, "api/FRONTEND", "FULL", 2000, 2000, 0, 0, 2, 0))
    assert checks.holder_can_serve(*story.judged()).holds


def test_haproxy_that_cannot_be_asked_is_not_dead() -> None:
    """The agent cannot use its stats socket: its state is unknown."""
    finding = checks.holder_can_serve(*HistoryBuilder().haproxy(LB1, -1.5, "unknown").judged())
    assert finding.inconclusive
    assert "could not be asked" in finding.sentence


def test_a_sample_counts_for_a_second() -> None:
    """Down in its last sample; after that there is none."""
    story = HistoryBuilder().haproxy(LB1, 3.0, "DOWN").unseen(HaproxySample, begin=3.03)
    finding = checks.holder_can_serve(*story.judged())
    assert finding.inconclusive
    assert "Missing: HAProxy samples of lb-ext-1, from +4.0" in finding.sentence


def test_the_standby_may_be_down() -> None:
    assert checks.holder_can_serve(*HistoryBuilder().haproxy(LB2, 3.0, "refused").haproxy(LB2, 6.0).judged()).holds


def test_it_moves_with_the_vip() -> None:
    """lb-ext-2 has no server while it is master for 0.8 s: tolerated; then it is a standby."""
    story = carrier_loss().haproxy(LB2, 0.1, "DOWN").haproxy(LB2, 5.0)
    finding = checks.holder_can_serve(*story.judged())
    assert finding.holds
    assert "lb-ext-2 held" in finding.sentence


def test_what_the_service_agent_read_late_violates_nothing() -> None:
    story = HistoryBuilder().haproxy(LB1, 3.0, "refused").haproxy(LB1, 4.3)
    for lag, verdict in ((200, "violated"), (400, "holds"), (1100, "inconclusive")):
        story.service_lag_ns = lag * ms
        assert checks.holder_can_serve(*story.judged()).verdict == verdict, lag


def test_silence_while_the_service_agent_stood_still_is_its_own() -> None:
    """HAProxy's answer waited for the agent. Of one that hangs while the agent is late nothing is known."""
    story = HistoryBuilder().haproxy(LB1, 9.9, "silent").dark(9.0, 10.0)
    assert checks.holder_can_serve(*story.judged()).inconclusive
    assert checks.redundancy_restored(*story.judged()).violated
    story.service_lag_ns = 300 * ms
    assert checks.holder_can_serve(*story.judged()).holds
    assert checks.redundancy_restored(*story.judged()).holds
    hangs = HistoryBuilder().haproxy(LB1, 3.0, "silent").dark(2.5, 10.0)
    hangs.service_lag_ns = 300 * ms
    finding = checks.holder_can_serve(*hangs.judged())
    assert finding.inconclusive
    assert "Missing: HAProxy samples of lb-ext-1" in finding.sentence


def test_end_of_the_watch() -> None:
    story = HistoryBuilder().haproxy(LB1, 9.95, "silent").dark(9.0, 10.0)
    assert checks.holder_can_serve(*story.judged()).inconclusive


def test_a_runtime_api_that_is_full_is_no_haproxy_that_hangs() -> None:
    """Monitoring holds all of its ten connections; customers are served all the time."""
    story = HistoryBuilder().haproxy(LB1, 3.0, "silent").haproxy(LB1, 8.0)
    finding = checks.holder_can_serve(*story.judged())
    assert finding.inconclusive
    assert "Missing: HAProxy samples of lb-ext-1, which could not be asked" in finding.sentence
    assert checks.holder_can_serve(*story.dark(4.0, 7.0).judged()).violated
    by_the_other = HistoryBuilder().haproxy(LB1, 3.0, "silent").haproxy(LB1, 8.0).served_by(LB2, 2.5, 8.0)
    assert checks.holder_can_serve(*by_the_other.judged()).violated


def test_nothing_known_of_haproxy() -> None:
    assert checks.holder_can_serve(*HistoryBuilder().unseen(HaproxySample).judged()).inconclusive


@pytest.mark.parametrize("later_ns, verdict", [(0, "holds"), (1, "violated")])
def test_a_second_is_allowed(later_ns: int, verdict: str) -> None:
    story = HistoryBuilder().haproxy(LB1, 3.0, "DOWN").haproxy(LB1, 4.0 + later_ns * 1e-9)
    story.lag_ns = story.service_lag_ns = 0
    assert checks.holder_can_serve(*story.judged()).verdict == verdict


def test_the_longest_time_counts() -> None:
    story = HistoryBuilder().haproxy(LB1, 2.0, "DOWN").haproxy(LB1, 2.5).haproxy(LB1, 3.0, "DOWN").haproxy(LB1, 4.5)
    finding = checks.holder_can_serve(*story.haproxy(LB1, 6.0, "DOWN").haproxy(LB1, 6.5).judged())
    assert finding.violated
    assert "held 10.77.0.100 for 1.500 s from +4.000 s on" in finding.sentence


def test_an_agent_later_than_the_bound_proves_nothing() -> None:
    """Neither that an owner could always serve, nor that it could not for a time within the bound."""
    for story, found in (
        (HistoryBuilder(), False),
        (HistoryBuilder().haproxy(LB1, 3.0, "DOWN").haproxy(LB1, 3.5), True),
    ):
        assert checks.holder_can_serve(*story.judged()).holds
        story.service_lag_ns = 1_100 * ms
        finding = checks.holder_can_serve(*story.judged())
        assert finding.inconclusive
        assert finding.sentence.endswith("The service agent read up to 1.100 s late, which is more than the bound.")
        assert ("could not serve" in finding.sentence) is found


def test_an_owner_that_cannot_serve_when_the_watch_ends() -> None:
    """It could not for longer before, and for no longer than is allowed."""
    story = HistoryBuilder().haproxy(LB1, 2.0, "DOWN").haproxy(LB1, 2.9).haproxy(LB1, 9.5, "DOWN")
    finding = checks.holder_can_serve(*story.judged())
    assert finding.inconclusive
    assert "for 0.500 s from +10.500 s on and could not serve. It lasted until the watch ended." in finding.sentence
