"""Who is present, also those of whom no record tells yet."""

import numpy as np
import pytest

from harness.history.timeline import Interval
from harness.model.requests import DTYPE
from harness.model.units import ms, s
from harness.recovery.customers import _begun, _ended, arrived_hz, present
from tests.histories import HistoryBuilder, ns


def waiting() -> HistoryBuilder:
    """600 a second, each answered after 2 ms; from 0 on after 3 s."""
    return HistoryBuilder().requests(0.0, 10.0, done=3 * s)


@pytest.mark.parametrize("seconds,expected", [(-1.0, 2), (1.0, 600), (3.0, 1800), (5.0, 1800)])
def test_whoever_is_due_and_has_not_ended_is_present(seconds: float, expected: int) -> None:
    assert present(waiting().build(), ns(seconds)) == pytest.approx(expected, abs=4)


@pytest.mark.parametrize("seconds", [0.5, 5.0])
def test_they_come_whether_they_are_answered_or_not(seconds: float) -> None:
    window = Interval(ns(seconds), ns(seconds + 2))
    assert arrived_hz(waiting().build(), window) == pytest.approx(600, abs=2)


def test_who_waits_still_is_counted_by_the_others_numbers() -> None:
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
