"""Health checks that wait for a full frontend, told from those of servers that are down."""

from dataclasses import replace

import numpy as np
import pytest

from harness import checks
from harness.model.events import HaproxySample
from harness.model.outcome import Finding
from harness.model.requests import DTYPE, Outcome, Stream
from harness.model.units import ms, s
from tests.histories import LB1, LB2, HistoryBuilder, ns

FULL, LIMIT = (2.0, 6.0), 200


def story(status: str = "UP") -> HistoryBuilder:
    """lb-ext-1 is full from 2 to 6 s; its servers are `status`."""
    told = HistoryBuilder().haproxy(LB1, -1.5, limit=LIMIT)
    return told.haproxy(LB1, FULL[0], status, sessions=LIMIT, limit=LIMIT).haproxy(LB1, FULL[1], limit=LIMIT)


def judged(told: HistoryBuilder, *asked: tuple[float, Outcome], took: int = 20 * ms, by: int = 0) -> Finding:
    """Health checks of customer-1: when they were due, and what became of them. `by`: the balancer that answered.

    The others ask once, before anything is full.
    """
    history, step = told.judged()
    records, before = np.zeros(len(asked), DTYPE), np.zeros(2, DTYPE)
    before["due"], before["done"] = ns(-0.5), ns(-0.5) + 20 * ms
    before["vantage"], before["stream"] = (2, 3), Stream.health
    records["due"] = [ns(t) for t, _ in asked]
    records["done"], records["outcome"] = records["due"] + took, [outcome for _, outcome in asked]
    records["vantage"], records["stream"], records["balancer"] = 1, Stream.health, by
    requests = np.concatenate([history.requests, records, before])
    return checks.health_checks_frozen(replace(history, requests=requests[np.argsort(requests["due"])]), step)


def test_frozen() -> None:
    finding = judged(story(), (1.0, Outcome.ok), (3.0, Outcome.read_timeout), (4.0, Outcome.connect_timeout))
    assert finding.violated
    assert "2 of 2 health checks through lb-ext-1 failed" in finding.sentence
    assert [instant.t_ns for instant in finding.instants] == [ns(3.0)]


def test_answered_although_it_is_full() -> None:
    finding = judged(story(), (3.0, Outcome.ok), took=s)
    assert finding.holds
    assert "the slowest after 1.000 s" in finding.sentence


def test_not_while_it_is_full() -> None:
    """What fails before or after has another reason."""
    finding = judged(story(), (1.0, Outcome.read_timeout), (3.0, Outcome.ok), (7.0, Outcome.read_timeout))
    assert finding.holds


def test_servers_that_are_down_are_rightly_called_so() -> None:
    assert judged(story("DOWN"), (3.0, Outcome.read_timeout)).inconclusive


def test_no_health_check() -> None:
    assert judged(story()).inconclusive


@pytest.mark.parametrize("ours", [Outcome.local, Outcome.dropped])
def test_what_our_own_side_could_not_send_does_not_count(ours: Outcome) -> None:
    assert judged(story(), (3.0, ours)).inconclusive
    assert judged(story(), (3.0, ours), (4.0, Outcome.ok)).holds


def test_never_full() -> None:
    assert judged(HistoryBuilder(), (3.0, Outcome.read_timeout)).not_applicable


def test_a_check_of_the_other_node_says_nothing_of_this_one() -> None:
    """By where the cache led; a stale cache, or a VIP that moved, is no fault of the full frontend."""
    assert judged(story().caches(2.5, gw_1=LB2), (3.0, Outcome.read_timeout)).inconclusive
    assert judged(story().caches(3.5, gw_1=LB2), (3.0, Outcome.read_timeout)).violated


def test_the_node_that_answered_is_known() -> None:
    """An answer with an error names its balancer, wherever the cache leads."""
    assert judged(story().caches(2.5, gw_1=LB2), (3.0, Outcome.http_error), by=1).violated
    assert judged(story(), (3.0, Outcome.http_error), by=2).inconclusive


def test_cache_that_may_have_changed_already() -> None:
    """Its entry was read up to 100 ms late: it is unknown where a request of 50 ms before went."""
    told = story().caches(3.05, gw_1=LB2)
    told.lag_ns = 100 * ms
    assert judged(told, (3.0, Outcome.read_timeout)).inconclusive


def test_what_was_not_sampled_for_a_second_is_not_known_to_be_full() -> None:
    """Full at 2.0 s, and the next sample is of 6.0 s: until 3.0 s it counts, and to the nanosecond."""
    for t, verdict in ((2.9, "violated"), (3.0 - 1e-9, "violated"), (3.0, "inconclusive"), (3.5, "inconclusive")):
        told = story().unseen(HaproxySample, begin=2.01, end=6.0)
        assert judged(told, (t, Outcome.read_timeout)).verdict == verdict, t


def test_full_until_the_watch_ends() -> None:
    told = HistoryBuilder().haproxy(LB1, -1.5, limit=LIMIT).haproxy(LB1, 2.0, sessions=LIMIT, limit=LIMIT)
    finding = judged(told, (3.0, Outcome.ok), (9.999, Outcome.read_timeout), took=50 * ms)
    assert finding.violated
    assert finding.sentence.startswith("1 of 2 health checks through lb-ext-1 failed")


def test_only_health_checks_are_counted() -> None:
    assert judged(story(), (3.0, Outcome.ok)).sentence == (
        "1 health checks through lb-ext-1 were answered, the slowest after 0.020 s."
    )
