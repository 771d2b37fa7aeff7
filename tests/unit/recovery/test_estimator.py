"""Down from the first bad arrival until the first good one from which 95 % of the next 0.25 s are good."""

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.requests import DTYPE, Outcome
from harness.model.units import ms, s
from harness.recovery.estimator import Arrivals, Outage, Recovery, good, recovery

STEP = 5 * ms  # 200 arrivals a second
WATCH = 10 * s


def arrivals(*bad: tuple[float, float], watch_s: float = 10.0) -> Arrivals:
    """Due every 5 ms from 0 on; bad if due in one of the [begin, end), in seconds."""
    due = np.arange(0, round(watch_s * s), STEP, dtype=np.int64)
    flags = np.ones(len(due), bool)
    for begin, end in bad:
        flags &= ~((due >= round(begin * s)) & (due < round(end * s)))
    return Arrivals(due, flags, round(watch_s * s))


def test_unaffected() -> None:
    assert recovery(arrivals(), 0) == Recovery(affected=False, end_ns=0, first_good_ns=0, bad_ns=0, relapses=0)


def test_one_outage() -> None:
    seen = recovery(arrivals((0.5, 2.0)), 0)
    assert seen == Recovery(affected=True, end_ns=2 * s, first_good_ns=2 * s, bad_ns=1500 * ms, relapses=0)


def test_time_runs_from_the_effect() -> None:
    assert recovery(arrivals((0.5, 2.0)), 300 * ms).end_ns == 1700 * ms


def test_false_dawn_followed_by_darkness() -> None:
    """0.4 s of service, then none: never recovered, however good the dawn looked."""
    seen = recovery(arrivals((0.0, 1.0), (1.4, 10.0)), 0)
    assert seen.end_ns is None
    assert seen.first_good_ns == 1 * s
    assert seen.relapses == 1


def test_short_dawn_ends_nothing() -> None:
    """0.2 s of service do not fill the window: one outage."""
    assert arrivals((0.0, 1.0), (1.2, 3.0)).outages() == [Outage(0, 3 * s)]


def test_censored() -> None:
    """Good again, but too near the end for anybody to confirm it."""
    seen = recovery(arrivals((1.0, 9.8)), 0)
    assert seen.end_ns is None
    assert recovery(arrivals((1.0, 9.75)), 0).end_ns == 9750 * ms


def test_relapse() -> None:
    """The last outage counts; the first good arrival is another matter."""
    seen = recovery(arrivals((0.5, 1.0), (4.0, 4.5)), 0)
    assert (seen.end_ns, seen.first_good_ns, seen.relapses) == (4500 * ms, 1 * s, 1)


def test_confirmation_tolerates_one_in_twenty() -> None:
    """The window of 50 arrivals from 1 s on has 2 bad ones: confirmed, and each is an outage of its own."""
    assert arrivals((0.0, 1.0), (1.1, 1.105), (1.2, 1.205)).outages()[0] == Outage(0, 1 * s)
    assert arrivals((0.0, 1.0), (1.1, 1.115)).outages() == [Outage(0, 1115 * ms)]


def test_never_good() -> None:
    assert recovery(arrivals((0.0, 10.0)), 0) == Recovery(
        affected=True, end_ns=None, first_good_ns=None, bad_ns=10 * s, relapses=0
    )


def test_no_arrivals() -> None:
    assert arrivals(watch_s=0).outages() == []


def test_good_is_from_when_it_was_due() -> None:
    """A request that our side sent late is bad if it was answered late for whoever waited."""
    requests = np.zeros(4, DTYPE)
    requests["sent"] = (0, 100 * ms, 0, 0)
    requests["done"] = (150 * ms, 151 * ms, 1 * ms, 200 * ms)
    requests["outcome"] = (Outcome.ok, Outcome.ok, Outcome.refused, Outcome.ok)
    assert good(requests).tolist() == [True, False, False, False]
    assert good(requests, 200 * ms).tolist() == [True, True, False, True]


OUTCOMES = st.lists(st.tuples(st.booleans(), st.integers(1, 120)), max_size=12).map(
    lambda runs: np.repeat([is_good for is_good, _ in runs], [length for _, length in runs]).astype(bool)
)


def from_flags(flags: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Arrivals:
    return Arrivals(np.arange(len(flags), dtype=np.int64) * STEP, flags, len(flags) * STEP)


def slowly(seen: Arrivals) -> list[Outage]:
    """The definition, word for word."""
    found, begin = [], None
    for due, is_good in zip(seen.due.tolist(), seen.good.tolist(), strict=True):
        if begin is None and not is_good:
            begin = due
        window = seen.good[(seen.due >= due) & (seen.due < due + 250 * ms)]
        if begin is not None and is_good and due + 250 * ms <= seen.until_ns and window.mean() >= 0.95:
            found.append(Outage(begin, due))
            begin = None
    return found if begin is None else [*found, Outage(begin, None)]


@given(OUTCOMES)
def test_is_its_definition(flags: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
    seen = from_flags(flags)
    assert seen.outages() == slowly(seen)


@given(OUTCOMES)
def test_outages_hold_every_bad_arrival_and_are_apart(flags: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
    seen = from_flags(flags)
    outages = seen.outages()
    inside = np.zeros(len(flags), bool)
    for outage in outages:
        inside |= (seen.due >= outage.begin_ns) & (seen.due < (outage.end_ns or 2**62))
    assert not (~flags & ~inside).any()
    assert all(a.end_ns is not None and a.end_ns < b.begin_ns for a, b in pairwise(outages))


@given(OUTCOMES, st.data())
def test_one_more_bad_arrival_never_shortens_recovery(
    flags: np.ndarray[tuple[int], np.dtype[np.bool_]], data: st.DataObject
) -> None:
    if not len(flags):
        return
    worse = flags.copy()
    worse[data.draw(st.integers(0, len(flags) - 1))] = False
    before, after = recovery(from_flags(flags), 0), recovery(from_flags(worse), 0)
    assert after.end_ns is None or (before.end_ns is not None and after.end_ns >= before.end_ns)
    assert after.bad_ns >= before.bad_ns


@given(st.integers(1, 1500), st.integers(0, 1500))
def test_bias_is_at_most_one_interval(length_ms: int, begin_ms: int) -> None:
    """Against the true end of a clean outage: late by less than 1/λ, never early."""
    seen = recovery(arrivals((begin_ms / 1e3, (begin_ms + length_ms) / 1e3)), 0)
    true_end = (begin_ms + length_ms) * ms
    if seen.affected:
        assert seen.end_ns is not None
        assert 0 <= seen.end_ns - true_end < STEP


@pytest.mark.parametrize("share_bad", [0.0, 0.01, 0.5])
def test_fast_enough(share_bad: float) -> None:
    """100,000 arrivals; the figure of record is 110 ms, the best of three so that a busy machine does not decide."""
    flags = np.random.default_rng(1).random(100_000) >= share_bad
    seen = from_flags(flags)
    best = min(_timed(seen) for _ in range(3))
    assert best < 0.110


def _timed(seen: Arrivals) -> float:
    begin = time.process_time()
    recovery(seen, 0)
    return time.process_time() - begin
