"""Down from the first bad arrival until the first good one whose window (0.25 s, 20 arrivals at least) is good."""

import time
from dataclasses import FrozenInstanceError
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
    assert recovery(arrivals(), 0) == Recovery("unaffected", end_ns=0, first_good_ns=0, bad_ns=0, relapses=0)


def test_one_outage() -> None:
    seen = recovery(arrivals((0.5, 2.0)), 0)
    assert seen == Recovery("recovered", end_ns=2 * s, first_good_ns=2 * s, bad_ns=1500 * ms, relapses=0)


def test_time_runs_from_the_effect() -> None:
    seen = recovery(arrivals((0.5, 2.0)), 300 * ms)
    assert (seen.end_ns, seen.first_good_ns) == (1700 * ms, 1700 * ms)


def test_what_was_over_before_the_effect_took_no_time() -> None:
    """An arrival in flight was exposed, and the next ones were good."""
    seen = recovery(arrivals((0.5, 1.0)), 2 * s)
    assert (seen.state, seen.end_ns, seen.first_good_ns) == ("recovered", 0, 0)


def test_the_first_good_arrival_is_due_later_than_the_bad_one() -> None:
    """Of two that are due at once, one was lost."""
    due = np.array([0, 5, 5, *range(10, 1000, 5)], np.int64) * ms
    flags = np.ones(len(due), bool)
    flags[1] = False
    assert recovery(Arrivals(due, flags, 1 * s), 0).first_good_ns == 10 * ms


def test_false_dawn_followed_by_darkness() -> None:
    """0.4 s of service, then none: never recovered, however good the arrivals between."""
    seen = recovery(arrivals((0.0, 1.0), (1.4, 10.0)), 0)
    assert (seen.state, seen.end_ns) == ("down", None)
    assert seen.first_good_ns == 1 * s
    assert seen.relapses == 1


def test_short_dawn_ends_nothing() -> None:
    """0.2 s of service do not fill the window: one outage."""
    assert arrivals((0.0, 1.0), (1.2, 3.0)).outages() == [Outage(0, 3 * s)]


def test_censored() -> None:
    """Good again, but too near the end to be confirmed: 7 arrivals are too few, 8 will do."""
    seen = recovery(arrivals((1.0, 9.965)), 0)
    assert (seen.state, seen.end_ns) == ("censored", None)
    seen = recovery(arrivals((1.0, 9.96)), 0)
    assert (seen.state, seen.end_ns) == ("recovered", 9960 * ms)


@pytest.mark.parametrize("hz, arrived", [(200, 2000), (5, 60)])
@pytest.mark.parametrize("share_bad, least_down", [(0.5, 0.97), (0.7, 0.97), (0.9, 0.93)])
def test_a_constant_loss_is_down_whichever_arrival_was_the_last(
    hz: int, arrived: int, share_bad: float, least_down: float
) -> None:
    """Nine of ten lost, then one that is good: now and then that looks like an outage that has just ended."""
    draws = np.random.default_rng(7).random((300, arrived)) >= share_bad
    states = [from_flags(flags, hz).state for flags in draws]
    assert states.count("down") >= least_down * len(states)


@pytest.mark.parametrize("hz", [5, 40, 200])
@pytest.mark.parametrize("run", range(1, 8))
@pytest.mark.parametrize("dark", [1, 5, 19, 80])
def test_a_recovery_just_before_the_end_is_censored(hz: int, run: int, dark: int) -> None:
    """However long the outage was, and although it followed 100 good arrivals."""
    flags = np.ones(100 + dark + run, bool)
    flags[100 : 100 + dark] = False
    assert from_flags(flags, hz).state == "censored"
    assert from_flags(flags[:-run], hz).state == "down"


def test_a_few_bad_arrivals_near_the_end_are_not_darkness() -> None:
    """2 of the last 50; every other one of the last 20."""
    assert recovery(arrivals((9.9, 9.905), (9.98, 9.985)), 0).state == "censored"
    assert recovery(arrivals(*((9.9 + n / 100, 9.905 + n / 100) for n in range(10))), 0).state == "down"


def test_window_that_is_cut_off_tolerates_nothing() -> None:
    """Of the last 0.2 s one arrival is bad: it is the outage's end, not the first good one."""
    seen = recovery(arrivals((1.0, 9.8), (9.9, 9.905)), 0)
    assert (seen.state, seen.end_ns) == ("recovered", 9905 * ms)
    assert seen.relapses == 0


def test_window_that_ends_with_the_watch_is_whole() -> None:
    """It has its 0.25 s, and tolerates one of 50."""
    seen = arrivals((1.0, 9.75), (9.9, 9.905)).outages()
    assert seen == [Outage(1 * s, 9_750 * ms), Outage(9_900 * ms, 9_905 * ms)]


@pytest.mark.parametrize("after_s, end_ns", [(0.25, 1 * s), (0.245, 1_105 * ms)])
def test_window_ends_a_quarter_of_a_second_after_its_first_arrival(after_s: float, end_ns: int) -> None:
    """Two of its 50 may be bad; the third is outside, or one too many."""
    bad = ((begin, begin + 0.005) for begin in (1.1, 1.205, 1.0 + after_s))
    assert arrivals((0.0, 1.0), *bad).outages()[0] == Outage(0, end_ns)


@pytest.mark.parametrize("later, end_ns", [(20, 5 * s), (19, 6_200 * ms)])
def test_window_of_few_arrivals_ends_with_the_twentieth(later: int, end_ns: int) -> None:
    """One may be bad: 5 after its begin. The next is outside, or one too many."""
    flags = np.ones(80, bool)
    flags[[*range(5, 25), 30, 25 + later]] = False
    assert from_flags(flags, 5).outages()[0] == Outage(1 * s, end_ns)


def test_last_arrival_that_is_bad_is_an_outage_of_its_own() -> None:
    """Served all the time, but for the last 5 ms: an outage began, and its length is unknown."""
    seen = recovery(arrivals((9.995, 10.0)), 0)
    assert (seen.state, seen.end_ns, seen.bad_ns) == ("down", None, 5 * ms)
    seen = recovery(arrivals((9.98, 9.985)), 0)
    assert (seen.state, seen.bad_ns) == ("censored", 5 * ms)


def test_few_arrivals_a_second_are_confirmed_by_twenty() -> None:
    """5 probes a second: two good ones, in 0.25 s, are no recovery. 19 of 20 are, or the last 8 if all are good."""
    flags = np.ones(50, bool)
    flags[[*range(5, 25), 27, 30]] = False
    assert from_flags(flags, 5).outages() == [Outage(1 * s, 5600 * ms), Outage(6 * s, 6200 * ms)]
    flags[40:48] = False
    assert recovery(from_flags(flags, 5), 0).state == "down"  # 9 good ones between 2 and 8 bad are no recovery either


def at_the_end(hz: int, *last: bool) -> str:
    """The state after 100 good arrivals and these."""
    return from_flags(np.array([*np.ones(100, bool), *last]), hz).state


GOOD, BAD = True, False


def test_dark_is_a_window_of_which_19_in_20_are_bad() -> None:
    """It ends with the last bad arrival. Before it one or two in 20 were good, and after it are too few to confirm."""
    before = [*[BAD] * 30, GOOD, GOOD, BAD]
    assert at_the_end(40, *before, GOOD, *[BAD] * 18, GOOD, GOOD) == "censored"
    assert at_the_end(40, *before, GOOD, *[BAD] * 17, GOOD, GOOD) == "down"


def test_so_is_an_outage_that_is_shorter() -> None:
    assert at_the_end(40, *[BAD] * 19, GOOD, BAD, *[GOOD] * 7) == "censored"
    assert at_the_end(40, *[BAD] * 9, GOOD, BAD, *[GOOD] * 7) == "down"


@pytest.mark.parametrize("more, state", [([GOOD], "censored"), ([BAD], "down")])
def test_service_of_which_one_in_20_is_bad_may_have_ended_its_outage(more: list[bool], state: str) -> None:
    """160 arrivals a second: 2, or 3, of the last 40. None of them begins a window that is whole."""
    assert at_the_end(160, BAD, *more, *[GOOD] * 31, BAD, *[GOOD] * 6) == state


def test_of_a_few_arrivals_all_are_looked_at() -> None:
    """Every other one of 15: the last one alone does not tell."""
    assert from_flags(np.arange(15) % 2 == 0, 40).state == "down"


def test_no_arrivals_are_no_word_about_anybody() -> None:
    assert recovery(arrivals(watch_s=0), 0) == Recovery("no arrivals", None, None, bad_ns=0, relapses=0)


def test_too_few_arrivals_do_not_show_that_it_was_unaffected() -> None:
    assert recovery(arrivals(watch_s=0.035), 0).state == "censored"
    assert recovery(arrivals(watch_s=0.04), 0).state == "unaffected"


def test_relapse() -> None:
    """The last outage counts; the first good arrival is reported separately."""
    seen = recovery(arrivals((0.5, 1.0), (4.0, 4.5)), 0)
    assert (seen.end_ns, seen.first_good_ns, seen.relapses) == (4500 * ms, 1 * s, 1)


def test_confirmation_tolerates_one_in_twenty() -> None:
    """The window of 50 arrivals from 1 s on has 2 bad ones: confirmed, and each is an outage of its own."""
    assert arrivals((0.0, 1.0), (1.1, 1.105), (1.2, 1.205)).outages()[0] == Outage(0, 1 * s)
    assert arrivals((0.0, 1.0), (1.1, 1.115)).outages() == [Outage(0, 1115 * ms)]


def test_never_good() -> None:
    assert recovery(arrivals((0.0, 10.0)), 0) == Recovery(
        "down", end_ns=None, first_good_ns=None, bad_ns=10 * s, relapses=0
    )


def test_what_was_computed_of_arrivals_stays_true_of_them() -> None:
    seen = arrivals((0.5, 1.0))
    with pytest.raises(FrozenInstanceError):
        seen.until_ns = 0  # type: ignore[misc]


def test_no_arrivals() -> None:
    assert arrivals(watch_s=0).outages() == []


def test_good_is_from_when_it_was_due() -> None:
    """A request that our side sent late is bad if it was answered late for its customer."""
    requests = np.zeros(4, DTYPE)
    requests["sent"] = (0, 100 * ms, 0, 0)
    requests["done"] = (150 * ms, 151 * ms, 1 * ms, 200 * ms)
    requests["outcome"] = (Outcome.ok, Outcome.ok, Outcome.refused, Outcome.ok)
    assert good(requests).tolist() == [True, False, False, False]
    assert good(requests, 200 * ms).tolist() == [True, True, False, True]


Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]
OUTCOMES = st.lists(st.tuples(st.booleans(), st.integers(1, 120)), max_size=12).map(
    lambda runs: np.repeat([is_good for is_good, _ in runs], [length for _, length in runs]).astype(bool)
)


RATES = st.sampled_from([5, 20, 40, 200])  # arrivals a second
RANK = {"unaffected": 0, "recovered": 1, "censored": 2, "down": 2}  # the last two: it is not known to be over


def from_flags(flags: Bools, hz: int = 200) -> Arrivals:
    return Arrivals(np.arange(len(flags), dtype=np.int64) * (s // hz), flags, len(flags) * (s // hz))


def slowly(seen: Arrivals) -> list[Outage]:
    """The definition, word for word."""
    found, begin = [], None
    for number, (due, is_good) in enumerate(zip(seen.due.tolist(), seen.good.tolist(), strict=True)):
        if begin is None and not is_good:
            begin = due
        if begin is not None and is_good and confirmed(seen, number):
            found.append(Outage(begin, due))
            begin = None
    return found if begin is None else [*found, Outage(begin, None)]


def confirmed(seen: Arrivals, number: int) -> bool:
    begin = int(seen.due[number])
    after = seen.good[number:]
    soon = seen.good[(seen.due >= begin) & (seen.due < begin + 250 * ms)]
    window = soon if len(soon) > 20 else after[:20]
    if len(window) >= 20 and begin + 250 * ms <= seen.until_ns:
        return bool(window.mean() >= 0.95)
    return len(after) >= 8 and bool(after.all())


@given(OUTCOMES, RATES)
def test_is_its_definition(flags: Bools, hz: int) -> None:
    seen = from_flags(flags, hz)
    assert seen.outages() == slowly(seen)


@given(OUTCOMES, RATES)
def test_a_state_is_what_the_end_shows(flags: Bools, hz: int) -> None:
    """With fewer than 8 good arrivals at the end none has recovered, and with 8 none is censored."""
    seen = from_flags(flags, hz)
    outages, at_last = seen.outages(), int(np.argmax(~flags[::-1])) if (~flags).any() else len(flags)
    match seen.state:
        case "no arrivals":
            assert not len(flags)
        case "unaffected":
            assert flags.all()
            assert len(flags) >= 8
        case "recovered":
            assert outages[-1].end_ns is not None
            assert at_last >= 8
        case "down":
            assert at_last < 8
        case "censored":
            assert 1 <= at_last < 8
    assert (seen.state in ("recovered", "unaffected")) == (recovery(seen, 0).end_ns is not None)


@given(OUTCOMES)
def test_outages_hold_every_bad_arrival_and_are_apart(flags: Bools) -> None:
    seen = from_flags(flags)
    outages = seen.outages()
    inside = np.zeros(len(flags), bool)
    for outage in outages:
        inside |= (seen.due >= outage.begin_ns) & (seen.due < (outage.end_ns or 2**62))
    assert not (~flags & ~inside).any()
    assert all(a.end_ns is not None and a.end_ns < b.begin_ns for a, b in pairwise(outages))


@given(OUTCOMES, RATES, st.data())
def test_one_more_bad_arrival_never_shortens_recovery(flags: Bools, hz: int, data: st.DataObject) -> None:
    """And never makes the state a better one."""
    if not len(flags):
        return
    worse = flags.copy()
    worse[data.draw(st.integers(0, len(flags) - 1))] = False
    before, after = recovery(from_flags(flags, hz), 0), recovery(from_flags(worse, hz), 0)
    assert RANK[after.state] >= RANK[before.state]
    assert after.end_ns is None or (before.end_ns is not None and after.end_ns >= before.end_ns)
    assert after.bad_ns >= before.bad_ns


@given(st.integers(1, 1500), st.integers(0, 1500))
def test_bias_is_at_most_one_interval(length_ms: int, begin_ms: int) -> None:
    """Against the true end of a clean outage: late by less than 1/λ, never early."""
    seen = recovery(arrivals((begin_ms / 1e3, (begin_ms + length_ms) / 1e3)), 0)
    true_end = (begin_ms + length_ms) * ms
    if seen.state != "unaffected":
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
