"""Who waits before a full frontend is in no figure of the balancer's."""

from harness import checks
from harness.model.events import HaproxySample, ListenSample
from harness.model.requests import Outcome
from harness.model.units import s
from tests.histories import LB1, HistoryBuilder, ns


def full(queued: int = 0) -> HistoryBuilder:
    """From 2 s on lb-ext-1 has all of its sessions, and `queued` of them wait for a server inside it."""
    story = HistoryBuilder().haproxy(LB1, 2.0, sessions=2000)
    return story.event(HaproxySample(ns(2.1), LB1, "servers/BACKEND", "UP", 2000, 200, queued, 0, 2, 0))


def listens(story: HistoryBuilder, begin: float, end: float, waiting: int = 201, rate: int = 20) -> HistoryBuilder:
    """`waiting` in the kernel's queue of lb-ext-1, 12 samples a second, while HAProxy accepts `rate` each second."""
    for n in range(round((end - begin) * 12)):
        t = ns(begin + n / 12)
        story.event(ListenSample(t, LB1, 80, waiting, 200, 7 * n, 7 * n))
        story.event(HaproxySample(t, LB1, "api/FRONTEND", "OPEN", 200, 200, 0, 0, 0, 2000, rate=rate))
    return story


def test_who_waits_in_the_kernels_queue() -> None:
    finding = checks.silent_queue(*listens(HistoryBuilder(), 2.0, 8.0).judged())
    assert finding.violated
    assert "From +3.000 s on up to 201 waited in the kernel's queue of lb-ext-1, port 80" in finding.sentence
    assert "497 were turned away" in finding.sentence


def test_whoever_is_let_in_within_a_second_has_not_waited() -> None:
    assert checks.silent_queue(*listens(HistoryBuilder(), 2.0, 8.0, waiting=201, rate=400).judged()).holds
    assert checks.silent_queue(*listens(HistoryBuilder(), 2.0, 2.9).judged()).holds
    assert checks.silent_queue(*listens(HistoryBuilder(), 2.0, 8.0, waiting=0).judged()).holds


def test_the_kernels_word_counts_more_than_the_customers() -> None:
    """They may have waited for an answer: of a full frontend's sessions, too, some are slow."""
    story = listens(full().requests(3.0, 4.0, done=2 * s), 2.0, 8.0, waiting=0)
    assert checks.silent_queue(*story.judged()).holds


def test_waiting_in_both_queues_is_not_silent() -> None:
    finding = checks.silent_queue(*listens(full(queued=3), 2.0, 8.0).judged())
    assert finding.holds
    assert "lb-ext-1 showed up to 3 in its queue" in finding.sentence


def test_what_nobody_sampled_is_not_waiting() -> None:
    story = listens(listens(HistoryBuilder(), 2.0, 2.5), 4.0, 4.5)
    assert checks.silent_queue(*story.judged()).holds


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
