"""Deadlines are met, and real-time priority lasts exactly as long as one is pending."""

import os
from functools import partial

from harness.agents.loop import SPIN_NS, Loop, now
from harness.model.units import ms


class Recorder:
    """A priority that only remembers."""

    notes: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.raised = False

    def elevate(self) -> None:
        self.raised = True

    def lower(self) -> None:
        self.raised = False


def test_an_exact_deadline_is_never_early_and_the_priority_goes_with_it() -> None:
    priority = Recorder()
    loop = Loop(priority)
    fired: list[int] = []
    deadline = now() + ms // 2  # within the time for which it spins
    loop.at(deadline, lambda: fired.append(now()), exact=True)
    assert priority.raised
    while not fired:
        loop.turn()
    assert 0 <= fired[0] - deadline < 20 * ms  # how late is `make bench`'s business: here the machine may be busy
    assert not priority.raised


def test_it_sleeps_whole_milliseconds_and_never_into_the_time_for_which_it_spins() -> None:
    loop = Loop()
    for distance in (ms, 3 * ms, 50 * ms + ms // 2):
        timer = loop.at(now() + distance, lambda: None, exact=True)
        sleep_ns = round((loop._timeout_s(None) or 0) * 1e9)
        assert sleep_ns % ms == 0
        assert now() + sleep_ns < timer.t - SPIN_NS // 10
        timer.cancel()


def test_what_is_said_afterwards_comes_after_every_deadline_that_is_due() -> None:
    loop, order = Loop(), list[str]()

    def first() -> None:
        loop.afterwards(lambda: order.append("sent"))
        order.append("first")

    loop.at(now(), first)
    loop.at(now(), lambda: order.append("second"), exact=True)
    while "sent" not in order:
        loop.turn()
    assert order == ["first", "second", "sent"]


def test_a_forgotten_descriptor_is_not_called() -> None:
    loop, called = Loop(), list[int]()
    (a, b), (c, d) = os.pipe(), os.pipe()

    def ready(mine: int, other: int, _: int) -> None:
        called.append(mine)
        loop.forget(other)

    loop.watch(a, partial(ready, a, c))
    loop.watch(c, partial(ready, c, a))
    os.write(b, b"x")
    os.write(d, b"x")
    loop.turn(ms)
    assert len(called) == 1
    for fd in (a, b, c, d):
        os.close(fd)


def test_no_leisure_while_something_is_expected() -> None:
    loop = Loop()
    assert loop.leisure_ns() > 1000 * ms
    loop.expect()
    assert loop.leisure_ns() == 0
    loop.expect_no_more()
    loop.at(now() + 100 * ms, lambda: None, exact=True)
    assert 0 < loop.leisure_ns() <= 100 * ms


def busy(duration_ns: int) -> None:
    until = now() + duration_ns
    while now() < until:
        pass


def test_what_is_read_is_never_older_than_the_loops_delay() -> None:
    """Written at any moment, also while the loop is busy with the turn before: its age is bounded by what it knows."""
    loop, (reader, writer) = Loop(), os.pipe()
    written: list[int] = []
    ages: list[tuple[int, int]] = []

    def read(_: int) -> None:
        ages.extend((now() - written.pop(0), loop.delay_ns()) for _ in os.read(reader, 64))

    def work(duration_ns: int) -> None:
        busy(duration_ns // 2)
        written.append(now())
        os.write(writer, b"x")
        busy(duration_ns // 2)

    loop.watch(reader, read)
    for duration in (ms // 2, 4 * ms, 20 * ms, ms):
        loop.at(now(), partial(work, duration))
        loop.turn(ms)
        loop.at(now(), partial(busy, duration))
        loop.turn(ms)
    assert len(ages) == 4
    assert all(age <= bound for age, bound in ages), ages
    assert loop.longest_delay_ns() >= 20 * ms
    assert loop.longest_delay_ns() < 20 * ms, "each delay counts once"
    os.close(reader)
    os.close(writer)


def test_work_that_takes_longer_than_its_own_period_lets_the_turn_end() -> None:
    """What else is due, and what is to be read, comes between its runs."""
    loop, fired = Loop(), list[str]()

    def work() -> None:
        fired.append("work")
        assert len(fired) < 10, "it fires for ever"
        loop.at(now() - 1, work)

    loop.at(now(), work)
    loop.at(now(), lambda: fired.append("other"))
    loop.turn()
    loop.turn()
    assert fired == ["work", "other", "work"]
