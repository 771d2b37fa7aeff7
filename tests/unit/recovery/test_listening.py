"""When clients waited in the kernel's queues, and for how long at most."""

from itertools import pairwise

import pytest
from msgspec.structs import replace

from harness import checks
from harness.history.timeline import Interval
from harness.model.events import HaproxySample, ListenSample
from harness.model.units import ms, s
from harness.recovery.listening import Wait, _runs, _wait
from tests.histories import LB1, LB2, HistoryBuilder, ns


def sample(t_ns: int, waiting: int, overflows: int = 0) -> ListenSample:
    return ListenSample(t_ns, LB1, 80, waiting, 200, overflows, overflows)


@pytest.mark.parametrize(
    "shown, runs",
    [
        ([], []),
        ([0, 0], []),
        ([3], [[3]]),
        ([0, 3, 4, 0, 5, 0], [[3, 4], [5]]),
        ([3, 4], [[3, 4]]),
    ],
)
def test_an_empty_queue_ends_a_wait(shown: list[int], runs: list[list[int]]) -> None:
    found = _runs([sample(n * 100 * ms, waiting) for n, waiting in enumerate(shown)])
    assert [[each.waiting for each in run] for run in found] == runs


@pytest.mark.parametrize("apart_ns, lengths", [(500 * ms, [3]), (500 * ms + 1, [1, 1, 1])])
def test_so_do_more_than_half_a_second_without_a_sample(apart_ns: int, lengths: list[int]) -> None:
    """An empty queue and a hole are no wait."""
    found = [*_runs([sample(n * apart_ns, 3) for n in range(3)])]
    assert [len(run) for run in found] == lengths
    assert all(b.t - a.t <= 500 * ms for run in found for a, b in pairwise(run))
    assert [*_runs([sample(0, 0), sample(apart_ns, 0)])] == []


@pytest.mark.parametrize(
    "most, accepted_hz, longest_ns",
    [(40, 20.0, 2 * s), (100, 20.0, 4 * s), (40, 0.0, 4 * s), (7, 2.0, 3_500 * ms)],
)
def test_the_last_waits_until_all_before_it_are_let_in(most: int, accepted_hz: float, longest_ns: int) -> None:
    """But no longer than clients were seen, 4 s: the queue was empty before and after."""
    assert Wait(LB1, 80, Interval(ns(1), ns(5)), most, accepted_hz, 0).longest_ns == longest_ns


def test_a_wait_has_the_most_that_were_seen_and_those_turned_away_meanwhile() -> None:
    run = [sample(ns(1), 5, 100), sample(ns(1.4), 9, 130), sample(ns(1.8), 7, 150)]
    wait = _wait(HistoryBuilder().unseen(HaproxySample).build(), run)
    assert wait == Wait(LB1, 80, Interval(ns(1), ns(1.8)), 9, 0.0, 50)


def test_accepted_is_what_all_frontends_of_the_node_let_in() -> None:
    """On average over the samples; a backend accepts no client."""
    story = HistoryBuilder()
    for t, rate in ((1.0, 30), (1.2, 10)):
        for proxy, share in (("api/FRONTEND", 1), ("more/FRONTEND", 2), ("servers/BACKEND", 50)):
            each = HaproxySample(ns(t), LB1, proxy, "OPEN", 5, 300, 0, 0, 2, 0, rate=share * rate)
            story.event(each).event(replace(each, node=LB2, rate=7_000))
    assert _wait(story.build(), [sample(ns(1), 5), sample(ns(1.4), 5)]).accepted_hz == (30 + 60 + 10 + 20) / 2
    assert _wait(story.build(), [sample(ns(1), 5), sample(ns(1.1), 5)]).accepted_hz == 30 + 60


def test_a_queue_of_another_node_is_not_the_pairs() -> None:
    story = HistoryBuilder()
    for tenth in range(10, 80):
        story.event(replace(sample(ns(tenth / 10), 199), node="db-1"))
    assert checks.silent_queue(*story.judged()).not_applicable
