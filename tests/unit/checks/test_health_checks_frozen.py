"""Health checks that wait for a full frontend, told from those of servers that are ill."""

from dataclasses import replace

import numpy as np

from harness import checks
from harness.model.events import HaproxySample
from harness.model.outcome import Finding
from harness.model.requests import DTYPE, Outcome, Stream
from harness.model.units import ms, s
from tests.histories import LB1, HistoryBuilder, ns

FULL, LIMIT = (2.0, 6.0), 200


def story(status: str = "UP") -> HistoryBuilder:
    """lb-ext-1 is full from 2 to 6 s; its servers are `status`."""
    told = HistoryBuilder()
    for n in range(100):
        t = n / 10
        sessions = LIMIT if FULL[0] <= t < FULL[1] else 5
        told.event(HaproxySample(ns(t), LB1, "api/FRONTEND", "OPEN", sessions, LIMIT, 0, 0, 0, 2000))
        told.event(HaproxySample(ns(t), LB1, "servers/BACKEND", status, sessions, 0, 0, 0, 0, 2000))
    return told


def judged(told: HistoryBuilder, *asked: tuple[float, Outcome], took: int = 20 * ms) -> Finding:
    """Health checks of customer-1: when they were due, and what became of them."""
    history, step = told.judged()
    records = np.zeros(len(asked), DTYPE)
    records["due"] = [ns(t) for t, _ in asked]
    records["done"], records["outcome"] = records["due"] + took, [outcome for _, outcome in asked]
    records["vantage"], records["stream"] = 1, Stream.health
    requests = np.concatenate([history.requests, records])
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


def test_servers_that_are_ill_are_rightly_called_so() -> None:
    assert judged(story("DOWN"), (3.0, Outcome.read_timeout)).inconclusive


def test_nobody_asked() -> None:
    assert judged(story()).inconclusive


def test_never_full() -> None:
    assert judged(HistoryBuilder(), (3.0, Outcome.read_timeout)).holds
