"""Clients that wait before a full frontend are in no figure of the balancer's."""

from dataclasses import replace

import numpy as np
import pytest

from harness import checks
from harness.model.events import HaproxySample, ListenSample
from harness.model.requests import Outcome
from harness.model.units import s
from tests.histories import LB1, LB2, SAMPLE_S, HistoryBuilder, ns


def full(queued: int = 0) -> HistoryBuilder:
    """From 2 s on lb-ext-1 has all of its sessions, and `queued` of them wait for a server inside it."""
    return HistoryBuilder().haproxy(LB1, 2.0, sessions=2000, queued=queued)


def waiting(story: HistoryBuilder, begin: float, end: float, many: int = 201) -> HistoryBuilder:
    """`many` in the kernel's queue of lb-ext-1. HAProxy accepts 20 in a second, and 100 are turned away."""
    return story.queue(LB1, begin, many, turned_hz=100).queue(LB1, end)


def test_clients_wait_in_the_kernels_queue() -> None:
    finding = checks.silent_queue(*waiting(HistoryBuilder(), 2.0, 8.0).judged())
    assert finding.violated
    assert "From +3.000 s on up to 201 clients waited in the kernel's queue of lb-ext-1, port 80" in finding.sentence
    assert "were turned away" in finding.sentence


@pytest.mark.parametrize("end, many", [(8.0, 19), (2.9, 201), (8.0, 0)])
def test_a_client_that_is_let_in_within_a_second_has_not_waited(end: float, many: int) -> None:
    assert checks.silent_queue(*waiting(HistoryBuilder(), 2.0, end, many).judged()).not_applicable


def test_the_kernels_word_counts_more_than_the_customers() -> None:
    """They may have waited for an answer: of a full frontend's sessions, too, some are slow."""
    story = waiting(full().requests(3.0, 4.0, done=2 * s), 2.0, 8.0, many=0)
    assert checks.silent_queue(*story.judged()).not_applicable


def test_waiting_in_both_queues_is_not_silent() -> None:
    finding = checks.silent_queue(*waiting(full(queued=3), 2.0, 8.0).judged())
    assert finding.holds
    assert "lb-ext-1 showed up to 3 in its queue" in finding.sentence


def test_of_a_queue_that_grows_the_most_is_told() -> None:
    story = HistoryBuilder().haproxy(LB1, 2.0, sessions=2000, queued=1).haproxy(LB1, 5.0, sessions=2000, queued=4)
    assert "up to 4 in its queue" in checks.silent_queue(*waiting(story, 2.0, 8.0).judged()).sentence


def test_what_was_not_sampled_is_not_waiting() -> None:
    """And not known to be none: twice 0.5 s were seen, and 1.5 s in between were not."""
    story = waiting(HistoryBuilder(), 2.0, 4.5).unseen(ListenSample, begin=2.5, end=4.0)
    finding = checks.silent_queue(*story.judged())
    assert finding.inconclusive
    assert "Missing: samples of the kernel's listen queues of lb-ext-1" in finding.sentence


def test_haproxy_must_have_been_asked_meanwhile() -> None:
    """Clients waited; what HAProxy showed is not known."""
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
        full(),  # no client waited
        full().requests(0.0, 1.9, done=2 * s),  # they waited before it was full
        HistoryBuilder().requests(3.0, 4.0, done=2 * s),  # it never was
        full().requests(3.0, 4.0, done=2 * s).unseen(HaproxySample, begin=5.0, end=7.0),  # HAProxy was not asked
    ],
)
def test_without_samples_of_the_kernels_queues_nothing_holds(story: HistoryBuilder) -> None:
    assert checks.silent_queue(*old(story).judged()).inconclusive


@pytest.mark.parametrize("story", [HistoryBuilder(), HistoryBuilder().unseen(HaproxySample)])
def test_without_a_full_frontend_customers_tell_nothing(story: HistoryBuilder) -> None:
    finding = checks.silent_queue(*old(story).judged())
    assert finding.inconclusive
    assert "Missing: " in finding.sentence


def test_a_second_is_waiting() -> None:
    """20 of 20 that are let in each second: the last of them waits for 1 s."""
    assert checks.silent_queue(*waiting(HistoryBuilder(), 2.0, 8.0, 20).judged()).violated


def test_another_nodes_queue_is_none_of_the_pairs() -> None:
    """The kernel's queues count; without samples of them, the customers' requests."""
    other = ListenSample(ns(3.0), "db-1", 3306, 50, 80, 0, 0)
    assert checks.silent_queue(*waiting(HistoryBuilder(), 2.0, 8.0).event(other).judged()).violated
    story = (
        full()
        .requests(3.0, 4.0, "customer-1", done=2 * s)
        .unseen(ListenSample, end=2.9)
        .unseen(ListenSample, begin=3.1)
    )
    story.events = [e for e in story.events if not isinstance(e, ListenSample)]
    for node in story._queues.values():
        node.clear()
    finding = checks.silent_queue(*story.event(other).judged())
    assert finding.violated
    assert "200 customers waited" in finding.sentence


def both_wait(queued: int = 0, *, unsampled: str = "") -> HistoryBuilder:
    """lb-ext-1 from 2 s on, 50 at most, and lb-ext-2 from 4 s on, 200 at most; each shows `queued`."""
    story = HistoryBuilder().haproxy(LB1, -1.5, queued=queued).haproxy(LB2, -1.5, queued=2 * queued)
    story.queue(LB1, 2.0, 50).queue(LB1, 8.0).queue(LB2, 4.0, 200).queue(LB2, 8.0)
    return story.haproxy(unsampled, 5.0, "unknown").haproxy(unsampled, 6.5) if unsampled else story


def test_the_first_that_waited_is_told_and_what_its_own_balancer_showed() -> None:
    finding = checks.silent_queue(*both_wait(queued=3).judged())
    assert finding.holds
    assert finding.sentence.startswith(
        "From +3.000 s on up to 50 clients waited in the kernel's queue of lb-ext-1, port 80"
    )
    assert finding.sentence.endswith("lb-ext-1 showed up to 3 in its queue.")
    assert "turned away" not in finding.sentence
    assert len(finding.instants) == 2


@pytest.mark.parametrize(
    "unsampled, most, instants",
    [
        ("", "up to 200 clients waited in the kernel's queue of lb-ext-2", 2),
        (LB2, "up to 50 clients waited in the kernel's queue of lb-ext-1", 1),
    ],
)
def test_the_longest_queue_of_a_balancer_that_was_asked_is_told(unsampled: str, most: str, instants: int) -> None:
    """What HAProxy showed of the other is unknown."""
    finding = checks.silent_queue(*both_wait(unsampled=unsampled).judged())
    assert finding.violated
    assert most in finding.sentence
    assert len(finding.instants) == instants


def test_of_balancers_that_were_not_asked_nothing_is_known() -> None:
    story = both_wait().haproxy(LB1, 5.0, "unknown").haproxy(LB1, 6.5)
    finding = checks.silent_queue(*story.haproxy(LB2, 5.0, "unknown").haproxy(LB2, 6.5).judged())
    assert finding.inconclusive
    assert len(finding.instants) == 2


@pytest.mark.parametrize("done_ns, verdict", [(s - 1, "inconclusive"), (s, "violated")])
def test_customers_that_waited_for_a_second(done_ns: int, verdict: str) -> None:
    finding = checks.silent_queue(*old(full()).requests(3.0, 3.005, "customer-1", done=done_ns).judged())
    assert finding.verdict == verdict


@pytest.mark.parametrize("full_from, many", [(3.001, 20), (3.001 + 1e-9, 19)])
def test_customers_that_came_while_it_was_full(full_from: float, many: int) -> None:
    """20 from 3.001 s on."""
    story = HistoryBuilder().haproxy(LB1, full_from, sessions=2000).requests(3.0, 3.1, "customer-1", done=2 * s)
    finding = checks.silent_queue(*old(story).judged())
    assert finding.violated
    assert f"{many} customers waited" in finding.sentence


def test_a_client_that_came_as_the_watch_ended_is_not_counted() -> None:
    story = old(HistoryBuilder(watch_s=5.0).haproxy(LB1, 2.0, sessions=2000)).requests(4.0, 4.005, done=2 * s)
    history, step = story.judged()
    late = history.requests[-1:].copy()
    late["due"], late["done"], late["vantage"] = step.ends_ns, step.ends_ns + 2 * s, 1
    requests = np.concatenate([history.requests, late])
    assert "3 customers waited" in checks.silent_queue(replace(history, requests=requests), step).sentence


def test_backends_alone_have_a_queue_that_is_shown() -> None:
    """Not a server of another node, nor a frontend; and where no backend was sampled none was shown."""
    story = waiting(HistoryBuilder(), 2.0, 8.0)
    for t in story._times(SAMPLE_S):
        story.event(HaproxySample(ns(t), LB1, "api/FRONTEND", "OPEN", 5, 2000, 7, 0, 2, 0, rate=20))
        story.event(HaproxySample(ns(t), LB2, "servers/BACKEND", "UP", 5, 2000, 7, 0, 2, 0))
    finding = checks.silent_queue(*story.judged())
    assert finding.violated
    assert "HAProxy's queue was empty" in finding.sentence
