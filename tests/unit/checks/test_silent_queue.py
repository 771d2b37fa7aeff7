"""Who waits before a full frontend is in no figure of the balancer's."""

from harness import checks
from harness.model.events import HaproxySample
from harness.model.requests import Outcome
from harness.model.units import s
from tests.histories import LB1, HistoryBuilder, ns


def full(queued: int = 0) -> HistoryBuilder:
    """From 2 s on lb-ext-1 has all of its sessions, and `queued` of them wait for a server inside it."""
    story = HistoryBuilder().haproxy(LB1, 2.0, sessions=2000)
    return story.event(HaproxySample(ns(2.1), LB1, "servers/BACKEND", "UP", 2000, 200, queued, 0, 2, 0))


def test_silent() -> None:
    given_up = {"outcome": Outcome.read_timeout, "done": 2 * s, "status": 0}
    finding = checks.silent_queue(*full().requests(3.0, 4.0, "customer-1", **given_up).judged())
    assert finding.violated
    assert "200 customers waited" in finding.sentence


def test_a_queue_that_shows_is_not_silent() -> None:
    assert checks.silent_queue(*full(queued=3).requests(3.0, 4.0, done=2 * s).judged()).holds


def test_nobody_waited() -> None:
    assert checks.silent_queue(*full().judged()).inconclusive


def test_who_waited_before_it_was_full_does_not_count() -> None:
    assert checks.silent_queue(*full().requests(0.0, 1.9, done=2 * s).judged()).inconclusive


def test_not_full() -> None:
    assert checks.silent_queue(*HistoryBuilder().requests(3.0, 4.0, done=2 * s).judged()).holds
