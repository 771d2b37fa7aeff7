"""Quantiles and proportions over trials, with exact intervals. Recovery times are multimodal: never the mean."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from math import ceil, exp, inf, isfinite, lgamma, log
from typing import Final, NamedTuple

CONFIDENCE: Final = 0.95


class Estimate(NamedTuple):
    """low ≤ true value ≤ high with at least the stated confidence; None: too few trials for a bound on that side.

    `value` None: the quantile itself is censored (still down when the watch ended).
    """

    value: float | None
    low: float | None
    high: float | None


def quantile(values: Sequence[float | None], q: float, confidence: float = CONFIDENCE) -> Estimate:
    """The q-quantile by order statistics, whatever the distribution. A None among the values is larger than any other.

    The interval is the narrowest in ranks, [x_(l), x_(u)]. If no pair of samples covers enough, one side is open: p95
    has no upper bound below 59 trials. Raises `ValueError` for no values.
    """
    ordered = sorted(inf if value is None else value for value in values)
    value = order_statistic(ordered, q)
    low, high = _ranks(len(ordered), q, confidence)
    padded = [-inf, *ordered, inf]
    return Estimate(_finite(value), _finite(padded[low]), _finite(padded[high]))


def order_statistic(values: Iterable[float], q: float) -> float:
    """The smallest value that at least a share of `q` of the values does not exceed. Raises `ValueError` for none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("a quantile of no values")
    return ordered[max(0, ceil(q * len(ordered)) - 1)]


def trials_for_upper_bound(q: float, confidence: float = CONFIDENCE) -> int:
    """The fewest trials whose maximum bounds the q-quantile from above: 59 for p95."""
    return ceil(log(1 - confidence) / log(q))


def proportion(successes: int, trials: int, confidence: float = CONFIDENCE) -> Estimate:
    """Clopper and Pearson: exact, never too narrow. Raises `ValueError` unless 0 ≤ successes ≤ trials, trials > 0."""
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes of {trials} trials")
    tail = (1 - confidence) / 2
    low = 0.0 if successes == 0 else _root(lambda p: tail - (1 - _binomial(trials, p)[successes - 1]))
    high = 1.0 if successes == trials else _root(lambda p: _binomial(trials, p)[successes] - tail)
    return Estimate(successes / trials, low, high)


def _ranks(n: int, q: float, confidence: float) -> tuple[int, int]:
    """Ranks (l, u), 1-based, of the narrowest interval that covers enough; 0 and n + 1 are the open ends.

    The number of samples below the quantile is binomial, so [x_(l), x_(u)] covers it with P(l ≤ B < u).
    """
    below = [0.0, *_binomial(n, q)[:-1], 1.0]  # below[k] = P(B < k)
    narrowest = ((low, bisect_left(below, below[low] + confidence, low + 1)) for low in range(n + 1))
    enough = [(low, high) for low, high in narrowest if high <= n + 1]

    def cost(pair: tuple[int, int]) -> tuple[int, int, float]:
        low, high = pair
        return (low == 0) + (high == n + 1), high - low, below[low] - below[high]

    return min(enough, key=cost)


def _binomial(n: int, p: float) -> list[float]:
    """P(B ≤ k) for k = 0 … n. By logarithms: the coefficient of 1,030 trials is larger than any float."""
    logarithms = (_log_choose(n, k) + _log_power(p, k) + _log_power(1 - p, n - k) for k in range(n + 1))
    return [min(1.0, total) for total in accumulate(map(exp, logarithms))]


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _log_power(base: float, exponent: int) -> float:
    if exponent == 0:
        return 0.0
    return exponent * log(base) if base > 0 else -inf


def _root(decreasing: Callable[[float], float]) -> float:
    """Where a decreasing function crosses zero in [0, 1]: 60 halvings are finer than a double."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if decreasing(middle) > 0 else (low, middle)
    return low


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
