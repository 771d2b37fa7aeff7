"""Quantiles and proportions over trials, with exact intervals. Recovery times are multimodal: never the mean."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from math import ceil, comb, inf, isfinite, log
from typing import Final, NamedTuple

CONFIDENCE: Final = 0.95


class Estimate(NamedTuple):
    """low ≤ truth ≤ high with at least the stated confidence; None: so few trials bound nothing on that side.

    `value` None: the quantile itself is censored (still down when the watch ended).
    """

    value: float | None
    low: float | None
    high: float | None


def quantile(values: Sequence[float | None], q: float, confidence: float = CONFIDENCE) -> Estimate:
    """The q-quantile by order statistics, whatever the distribution. A None among the values is larger than any other.

    The interval is the narrowest in ranks, [x_(l), x_(u)]; where no pair of samples covers enough, one side is left
    open: p95 has no upper bound below 59 trials. Raises `ValueError` for no values.
    """
    if not values:
        raise ValueError("a quantile of no values")
    ordered = sorted(inf if value is None else value for value in values)
    low, high = _ranks(len(ordered), q, confidence)
    padded = [-inf, *ordered, inf]
    return Estimate(_finite(padded[max(1, ceil(q * len(ordered)))]), _finite(padded[low]), _finite(padded[high]))


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
    pairs = [(low, high) for low in range(n + 1) for high in range(low + 1, n + 2)]
    enough = [(low, high) for low, high in pairs if below[high] - below[low] >= confidence]

    def cost(pair: tuple[int, int]) -> tuple[int, int, float]:
        low, high = pair
        return (low == 0) + (high == n + 1), high - low, below[low] - below[high]

    return min(enough, key=cost)


def _binomial(n: int, p: float) -> list[float]:
    """P(B ≤ k) for k = 0 … n."""
    return list(accumulate(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)))


def _root(decreasing: Callable[[float], float]) -> float:
    """Where a decreasing function crosses zero in [0, 1]: 60 halvings are finer than a double."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if decreasing(middle) > 0 else (low, middle)
    return low


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
