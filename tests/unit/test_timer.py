"""Timers fire in the order of their deadlines; equal ones in the order in which they were set; cancelled ones never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.agents.timer import Timers

SETTINGS = st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.booleans()))  # deadline, exact, cancelled


@given(SETTINGS)
def test_order(settings: list[tuple[int, bool, bool]]) -> None:
    timers, fired = Timers(), []
    for number, (t, exact, cancelled) in enumerate(settings):
        timer = timers.add(t, lambda t=t, number=number: fired.append((t, number)), exact=exact)  # type: ignore[misc]
        if cancelled:
            timer.cancel()
    while timers.next():
        timers.pop().call()
    assert fired == sorted((t, n) for n, (t, _, cancelled) in enumerate(settings) if not cancelled)


@given(SETTINGS)
def test_next_exact_is_the_earliest_exact_one(settings: list[tuple[int, bool, bool]]) -> None:
    timers = Timers()
    made = [timers.add(t, lambda: None, exact=exact) for t, exact, _ in settings]
    for timer, (_, _, cancelled) in zip(made, settings, strict=True):
        if cancelled:
            timer.cancel()
    while timers.next():
        left = [timer.t for timer in made if timer.exact and not timer.cancelled]
        first = timers.next_exact()
        assert (first.t if first else None) == min(left, default=None)
        made.remove(timers.pop())
    assert timers.next_exact() is None


def test_a_timer_may_be_cancelled_by_an_earlier_one() -> None:
    timers, fired = Timers(), []
    later = timers.add(2, lambda: fired.append("later"))
    timers.add(1, later.cancel)
    timers.pop().call()
    assert timers.next() is None
    assert fired == []


def test_pop_of_nothing() -> None:
    with pytest.raises(IndexError, match="no timer"):
        Timers().pop()
