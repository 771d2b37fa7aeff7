"""Exact intervals, checked against tables and by simulation."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.statistics import order_statistic, proportion, quantile, trials_for_upper_bound


def test_no_upper_bound_on_p95_below_59_trials() -> None:
    assert trials_for_upper_bound(0.95) == 59
    assert quantile(list(range(58)), 0.95).high is None
    assert quantile(list(range(59)), 0.95).high == 58


def test_median_of_ten() -> None:
    """Order statistics 2 and 9 cover with 97.9 %."""
    assert quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.5) == (5, 2, 9)


def test_too_few_trials_bound_nothing() -> None:
    assert quantile([1.0, 2.0, 3.0], 0.5) == (2.0, None, None)


def test_censored_values_are_larger_than_any_other() -> None:
    estimate = quantile([0.5, None, None, 0.4, 0.6, 0.7, 0.3, 0.2, 0.1, 0.8], 0.5)
    assert estimate == (0.5, 0.2, None)
    assert quantile([None, None, 1.0], 0.5).value is None


def test_no_values() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


@given(st.lists(st.floats(0, 100) | st.none(), min_size=1, max_size=80), st.sampled_from([0.5, 0.9, 0.95]))
def test_interval_holds_its_value(values: list[float | None], q: float) -> None:
    value, low, high = quantile(values, q)
    assert low is None or value is None or low <= value
    assert high is None or (value is not None and value <= high)


def test_coverage() -> None:
    """Uniform samples: the interval of 12 holds the true median in at least 95 % of 2,000 experiments (less noise)."""
    draw = random.Random(7)
    inside = 0
    for _ in range(2000):
        _, low, high = quantile([draw.random() for _ in range(12)], 0.5)
        inside += low is not None and high is not None and low <= 0.5 <= high
    assert inside / 2000 > 0.94


@pytest.mark.parametrize(
    "successes, trials, low, high",
    [(10, 10, 0.6915, 1.0), (0, 10, 0.0, 0.3085), (5, 10, 0.1871, 0.8129), (1, 3, 0.0084, 0.9057)],
)
def test_clopper_pearson(successes: int, trials: int, low: float, high: float) -> None:
    estimate = proportion(successes, trials)
    assert estimate.low == pytest.approx(low, abs=1e-4)
    assert estimate.high == pytest.approx(high, abs=1e-4)


@pytest.mark.parametrize(
    "successes, trials, low, high",
    [
        (1000, 2000, 0.477851, 0.522149),  # by whole numbers of any size
        (0, 1500, 0.0, 0.00245624),  # 1 − 0.025 ** (1 / 1500)
        (1500, 1500, 0.99754376, 1.0),
    ],
)
def test_many_trials_do_not_overflow(successes: int, trials: int, low: float, high: float) -> None:
    """A binomial coefficient of 1,030 trials is larger than any float."""
    estimate = proportion(successes, trials)
    assert estimate.low == pytest.approx(low, abs=1e-6)
    assert estimate.high == pytest.approx(high, abs=1e-6)


def test_a_quantile_of_many_trials() -> None:
    """2,500 ± 1.96 × √1,250."""
    value, low, high = quantile(list(range(1, 5001)), 0.5)
    assert value == 2500
    assert low == pytest.approx(2500 - 69, abs=3)
    assert high == pytest.approx(2500 + 69, abs=3)


@pytest.mark.parametrize("share, value", [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1), (0.0, 1)])
def test_an_order_statistic(share: float, value: int) -> None:
    assert order_statistic(range(100, 0, -1), share) == value


@pytest.mark.parametrize("successes, trials", [(1, 0), (-1, 3), (4, 3)])
def test_impossible_counts(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="successes of"):
        proportion(successes, trials)
