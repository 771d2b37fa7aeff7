"""Who waits before a full frontend is in no figure of the balancer's."""

import pytest

from harness import checks
from harness.model.events import HaproxySample, ListenSample
from harness.model.requests import Outcome
from harness.model.units import s
from tests.histories import LB1, HistoryBuilder


def full(queued: int = 0) -> HistoryBuilder:
    """From 2 s on lb-ext-1 has all of its sessions, and `queued` of them wait for a server inside it."""
    return HistoryBuilder().haproxy(LB1, 2.0, sessions=2000, queued=queued)


def waiting(story: HistoryBuilder, begin: float, end: float, many: int = 201) -> HistoryBuilder:
    """`many` in the kernel's queue of lb-ext-1. HAProxy accepts 20 in a second, and 100 are turned away."""
    return story.queue(LB1, begin, many, turned_hz=100).queue(LB1, end)


def test_who_waits_in_the_kernels_queue() -> None:
    finding = checks.silent_queue(*waiting(HistoryBuilder(), 2.0, 8.0).judged())
    assert finding.violated
    assert "From +3.000 s on up to 201 waited in the kernel's queue of lb-ext-1, port 80" in finding.sentence
    assert "were turned away" in finding.sentence


@pytest.mark.parametrize("end, many", [(8.0, 19), (2.9, 201), (8.0, 0)])
def test_whoever_is_let_in_within_a_second_has_not_waited(end: float, many: int) -> None:
    assert checks.silent_queue(*waiting(HistoryBuilder(), 2.0, end, many).judged()).not_applicable


def test_the_kernels_word_counts_more_than_the_customers() -> None:
    """They may have waited for an answer: of a full frontend's sessions, too, some are slow."""
    story = waiting(full().requests(3.0, 4.0, done=2 * s), 2.0, 8.0, many=0)
    assert checks.silent_queue(*story.judged()).not_applicable


def test_waiting_in_both_queues_is_not_silent() -> None:
    finding = checks.silent_queue(*waiting(full(queued=3), 2.0, 8.0).judged())
    assert finding.holds
    assert "lb-ext-1 showed up to 3 in its queue" in finding.sentence


def test_what_nobody_sampled_is_not_waiting() -> None:
    """And not known to be none: twice 0.5 s were seen, and 1.5 s in between were not."""
    story = waiting(HistoryBuilder(), 2.0, 4.5).unseen(ListenSample, begin=2.5, end=4.0)
    finding = checks.silent_queue(*story.judged())
    assert finding.inconclusive
    assert "Missing: samples of the kernel's listen queues of lb-ext-1" in finding.sentence


def test_haproxy_must_have_been_asked_meanwhile() -> None:
    """Who waited, waited; what HAProxy showed is not known."""
    story = waiting(HistoryBuilder(), 2.0, 4.5).unseen(HaproxySample, begin=2.5, end=4.0)
    assert checks.silent_queue(*story.judged()).inconclusive
    story = waiting(HistoryBuilder(), 2.0, 4.5).unseen(HaproxySample, begin=5.0, end=7.0)
    assert checks.silent_queue(*story.judged()).violated


def old(story: HistoryBuilder) -> HistoryBuilder:
    """Recorded before the kernel's queues were."""
    return story.unseen(ListenSample)


def test_silent() -> None:
    given_up = {"outcome": Outcome.read_timeout, "done": 2 * s, "status": 0}
    finding = checks.silent_queue(*old(full()).requests(3.0, 4.0, "customer-1", **given_up).judged())
    assert finding.violated
    assert "200 customers waited" in finding.sentence


@pytest.mark.parametrize(
    "story",
    [
        full(queued=3).requests(3.0, 4.0, done=2 * s),  # a queue showed some of them
        full(),  # nobody waited
        full().requests(0.0, 1.9, done=2 * s),  # they waited before it was full
        HistoryBuilder().requests(3.0, 4.0, done=2 * s),  # it never was
        full().requests(3.0, 4.0, done=2 * s).unseen(HaproxySample, begin=5.0, end=7.0),  # HAProxy was not asked
    ],
)
def test_without_samples_of_the_kernels_queues_nothing_holds(story: HistoryBuilder) -> None:
    assert checks.silent_queue(*old(story).judged()).inconclusive
