"""The Mann-Whitney test: does one sample tend to larger values? It asks for no shape of a distribution.

Exact by the permutations of the ranks, with ties: recovery times have many (0.0 where a trial noticed nothing, and
infinity of every trial that did not recover). Above `EXACT` values in all by the normal approximation with the
correction for ties and continuity (Lehmann, Nonparametrics, 1.2 and 1.5).
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from math import erfc, sqrt
from typing import Final

import numpy as np

EXACT: Final = 50


def p_larger(baseline: Sequence[float], candidate: Sequence[float]) -> float:
    """The probability of a candidate that tends to be at least so much larger, if both came from one distribution.

    Raises `ValueError` for an empty sample.
    """
    if not baseline or not candidate:
        raise ValueError("a comparison with no values")
    ranks = doubled_ranks([*baseline, *candidate])
    seen = sum(ranks[len(baseline) :])
    if len(ranks) <= EXACT:
        return _exact(tuple(sorted(ranks)), len(candidate), seen)
    return _normal(ranks, len(candidate), seen)


def doubled_ranks(values: Sequence[float]) -> list[int]:
    """Twice the rank of each value: equal ones share the mean of theirs, which may end in a half."""
    counts = Counter(values)
    ordered = sorted(counts)
    until = dict(zip(ordered, accumulate(counts[value] for value in ordered), strict=True))
    return [2 * until[value] - counts[value] + 1 for value in values]


@lru_cache(maxsize=4_096)
def _exact(ranks: tuple[int, ...], chosen: int, seen: int) -> float:
    """Of all ways to choose so many of these ranks, the share with a sum of at least `seen`."""
    sums = np.zeros((chosen + 1, sum(ranks[-chosen:]) + 1))  # how many were chosen, their sum → ways
    sums[0, 0] = 1.0
    for rank in ranks:
        sums[1:, rank:] += sums[:-1, : sums.shape[1] - rank].copy()
    ways = sums[chosen]
    return float(ways[seen:].sum() / ways.sum())


def _normal(ranks: Sequence[int], chosen: int, seen: int) -> float:
    total, others = len(ranks), len(ranks) - chosen
    ties = sum(count**3 - count for count in Counter(ranks).values())
    variance = chosen * others / 12 * (total + 1 - ties / (total * (total - 1)))
    if variance <= 0:  # all values are equal
        return 1.0
    above = seen / 2 - chosen * (total + 1) / 2
    return min(1.0, erfc((above - 0.5) / sqrt(2 * variance)) / 2)
