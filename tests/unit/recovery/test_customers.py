"""Which customers are present, also those without a record yet."""

import numpy as np
import pytest

from harness.history.history import Requests
from harness.history.timeline import Interval
from harness.model.requests import DTYPE
from harness.model.units import ms, s
from harness.recovery.customers import _begun, _ended, _numbered, arrived_hz, present
from tests.histories import HistoryBuilder, ns


def waiting() -> HistoryBuilder:
    """600 a second, each answered after 2 ms; from 0 on after 3 s."""
    return HistoryBuilder().requests(0.0, 10.0, done=3 * s)


@pytest.mark.parametrize("seconds,expected", [(-1.0, 2), (1.0, 600), (3.0, 1800), (5.0, 1800)])
def test_a_customer_whose_request_is_due_and_has_not_ended_is_present(seconds: float, expected: int) -> None:
    assert present(waiting().build(), ns(seconds)) == pytest.approx(expected, abs=4)


@pytest.mark.parametrize("seconds", [0.5, 5.0])
def test_they_come_whether_they_are_answered_or_not(seconds: float) -> None:
    window = Interval(ns(seconds), ns(seconds + 2))
    assert arrived_hz(waiting().build(), window) == pytest.approx(600, abs=2)


def test_customers_that_still_wait_are_counted_by_the_others_numbers() -> None:
    """100 a second; of those due from 1 s on only every tenth has ended by now, and so has a record."""
    requests = np.zeros(300, DTYPE)
    requests["sequence"] = np.arange(300) + 7
    requests["due"] = np.arange(300) * 10 * ms
    requests["done"] = requests["due"] + 5 * ms
    known = requests[(requests["due"] < s) | (np.arange(300) % 10 == 0)]
    assert _begun(known, 2 * s) == pytest.approx(200, abs=1)
    assert _ended(known, 2 * s) == pytest.approx(110, abs=1)
    silent = requests[requests["due"] < s]  # none of them has
    assert _begun(silent, 4 * s) == pytest.approx(400, abs=2)


def test_those_of_an_earlier_run_are_counted_only_as_long_as_they_wait() -> None:
    """100 a second; recording begins at 30 s: of all before that one alone is recorded, which is answered at 31 s."""
    requests = np.zeros(6_000, DTYPE)
    requests["sequence"] = np.arange(6_000)
    requests["due"] = np.arange(6_000) * 10 * ms
    requests["done"] = requests["due"] + 5 * ms
    requests["done"][500] = 31 * s
    known = requests[requests["done"] >= 30 * s]
    assert [_begun(known, t) - _ended(known, t) for t in (30 * s + 499 * ms, 40 * s - ms)] == [1, 0]


def stream(hz: int, until_s: float, first: int = 0) -> Requests:
    """`hz` a second from 0 on, answered after 5 ms; numbered from `first` on."""
    requests = np.zeros(round(hz * until_s), DTYPE)
    requests["sequence"] = np.arange(len(requests)) + first
    requests["due"] = np.arange(len(requests)) * (s // hz)
    requests["done"] = requests["due"] + 5 * ms
    return requests


@pytest.mark.parametrize("after_ns, there", [(-1, 0), (0, 1), (2 * ms - 1, 1), (2 * ms, 0)])
def test_a_customer_is_there_from_when_it_is_due_until_its_end(after_ns: int, there: int) -> None:
    """The end itself is not: answered at 2 ms, it has left. One of each vantage point."""
    due = ns(1.0) + ms
    assert present(HistoryBuilder().build(), due + after_ns) == 3 * there


@pytest.mark.parametrize("after_ns, there", [(-1, 0), (0, 1)])
def test_so_is_one_of_an_earlier_run(after_ns: int, there: int) -> None:
    """Its number is not used: it was due before the first end that was recorded."""
    requests = stream(100, 1.0, first=7)
    requests["done"] += 100 * ms
    assert _begun(requests, after_ns) == there


def test_before_the_first_no_request_has_begun() -> None:
    requests = stream(100, 1.0)
    assert _numbered(requests, -1) == 0
    assert [_begun(requests, t) for t in (-1, 0, 10 * ms - 1, 10 * ms)] == [0, 1, 1, 2]


def test_one_alone_has_no_rate() -> None:
    """Later arrivals are unknown."""
    assert _numbered(stream(1, 1.0), 60 * s) == 1


def test_the_rate_is_that_of_the_last_five_seconds() -> None:
    """100 a second for 10 s, then 200 a second for 5 s; of the last 3 s nothing is on record."""
    slow, fast = stream(100, 10.0), stream(200, 5.005, first=1_000)
    fast["due"] += 10 * s
    assert _numbered(np.concatenate([slow, fast]), 18 * s) == 1_000 + 8 * 200 + 1


@pytest.mark.parametrize("until, expected", [(1.2, 121), (1.5, 129), (2.9, 129)])
def test_no_more_have_come_than_the_next_on_record_says(until: float, expected: int) -> None:
    """100 a second until 1 s. Then a pause, and number 130 comes at 3 s: 29 at most can have come in between."""
    requests = stream(100, 1.0, first=1)
    later = requests[-1:].copy()
    later["due"], later["sequence"] = 3 * s, 130
    assert _numbered(np.concatenate([requests, later]), round(until * s)) == expected


def test_a_later_record_with_an_older_number_changes_no_count() -> None:
    """Asking again is an arrival of its own; two are told in another order than they were numbered."""
    requests = stream(100, 1.0, first=1)
    requests["sequence"][98:] = requests["sequence"][98:][::-1]
    assert _numbered(requests, round(0.985 * s)) == 100
