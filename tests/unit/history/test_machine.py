"""The machine's load, of its samples: over all of the time, and in the second in which it was most."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.history.machine import load_of
from harness.history.timeline import Interval
from harness.model.events import MachineSampled
from harness.model.machine_load import MachineLoad, Share
from harness.model.units import ms, s
from tests.histories import HistoryBuilder, ns


def samples(*stolen: int | None, period: int = 250 * ms, cpus: int = 2) -> list[MachineSampled]:
    """One after the other, with so much stolen time each."""
    return [
        MachineSampled((n + 1) * period, period, cpus, busy_ns=period // 2, stolen_ns=each, waited_ns=period // 5)
        for n, each in enumerate(stolen)
    ]


def stolen(*told: int | None, period: int = 250 * ms) -> Share | None:
    load = load_of(samples(*told, period=period))
    assert load
    return load.stolen


def test_without_samples_nothing_is_known() -> None:
    assert load_of([]) is None
    history, step = HistoryBuilder().judged()
    assert history.machine(step.window) is None


def test_shares_of_cpu_time_are_of_all_cpus_waiting_is_of_the_time() -> None:
    load = load_of(samples(*[50 * ms] * 8))
    assert load == MachineLoad(busy=Share(0.25, 0.25), stolen=Share(0.1, 0.1), waited=Share(0.2, 0.2))
    alone = load_of(samples(*[50 * ms] * 8, cpus=1))
    assert alone == MachineLoad(busy=Share(0.5, 0.5), stolen=Share(0.2, 0.2), waited=Share(0.2, 0.2))


QUARTER = 500 * ms  # all of the CPU time of a sample


@pytest.mark.parametrize(
    "told, mean, most",
    [
        ([0, 0, 0, QUARTER, 0, 0, 0, 0], 1 / 8, 1 / 4),  # of a second, not of a sample
        ([0, 0, QUARTER, QUARTER, QUARTER, QUARTER, 0, 0], 1 / 2, 1),
        ([QUARTER, 0, 0, 0, QUARTER, 0, 0, 0], 1 / 4, 1 / 4),  # more than a second apart
        ([QUARTER, 0, 0, QUARTER, 0, 0, 0, 0], 1 / 4, 1 / 2),
        ([0, 0, 0, 0, 0, 0, 0, QUARTER], 1 / 8, 1 / 4),
        ([QUARTER, 0, 0, 0, 0, 0, 0, 0], 1 / 8, 1 / 4),
        ([QUARTER, QUARTER], 1, 1 / 2),  # it is not known for a whole second
        ([QUARTER], 1, 1 / 4),
    ],
)
def test_the_second_in_which_it_was_most(told: list[int], mean: float, most: float) -> None:
    assert stolen(*told) == Share(mean, most)


@pytest.mark.parametrize(
    "period, told, most",
    [
        (s, [0, 2 * s, 0], 1),
        (s + 1, [0, 2 * s + 2, 0], 1),  # 1 ns longer: its own second all the same
        (s - 1, [0, 2 * s - 2, 0], 0.5),  # not yet a second: together with the one before it
        (4 * s, [0, 4 * s, 0], 0.5),  # an agent that was late itself: when in that time is unknown
    ],
)
def test_a_second_is_made_of_whole_samples(period: int, told: list[int], most: float) -> None:
    share = stolen(*told, period=period)
    assert share
    assert share.most == pytest.approx(most)


def test_samples_that_do_not_know_are_left_out() -> None:
    assert stolen(None, None) is None
    assert stolen(QUARTER, None, 0, None, 0, 0) == Share(1 / 4, 1 / 4)
    load = load_of([replaced(each) for each in samples(0, 0)])
    assert load
    assert load.waited is None


def replaced(sample: MachineSampled) -> MachineSampled:
    return MachineSampled(sample.t, sample.period_ns, sample.cpus, sample.busy_ns, sample.stolen_ns, None)


@given(st.lists(st.tuples(st.integers(1, 10 * s), st.integers(1, 512), st.floats(0, 1)), min_size=1))
def test_no_second_is_worse_than_all_of_it(told: list[tuple[int, int, float]]) -> None:
    """Nor is the mean more than the worst second, once a second is known."""
    events = [MachineSampled(0, period, cpus, int(period * cpus * part)) for period, cpus, part in told]
    load = load_of(events)
    assert load
    assert 0 <= load.busy.mean <= 1
    assert 0 <= load.busy.most <= 1 + 1e-9


def test_a_window_has_the_samples_that_are_told_in_it() -> None:
    history = HistoryBuilder().machine(-1.0, 1.0, stolen=1.0).machine(1.0, 3.0).build()
    load = history.machine(Interval(ns(1.0) + 1, ns(9)))
    assert load
    assert load.stolen == Share(0, 0)
    first = history.machine(Interval(ns(-2), ns(1.0) + 1))
    assert first
    assert first.stolen == Share(1, 1)
    assert replace(history, events=()).machine(Interval(0, ns(9))) is None
