"""A clock that runs faster or slower than the reference's: their difference changes, evenly enough to be followed.

The difference of each advert that both points certainly saw is a knot; between knots it is a straight line. NTP lets a
clock run faster or slower by at most 500 ppm (adjtimex: MAXFREQ). A clock that is set is not followed: from one advert
to the next it moves by more than that and 5 ms. Nor is one that has no common adverts for long: it may have been set.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median_low
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.model.units import ms, s

MOST_PPM: Final = 500
MOST_APART_NS: Final = 60 * s  # between two common adverts
WITHIN_NS: Final = 5 * ms
_WINDOW: Final = 9  # adverts of one knot: their median is kept
_LEAST: Final = 3 * _WINDOW
_STEADY: Final = 0.95
_MOST_CHAINS: Final = 8

Pair = tuple[int, int]
"""(stamp of the point, what to add to it), of one advert that the reference saw too."""


class Drift(NamedTuple):
    """Stamps of the point, and what to add to each. `error_ns`: a clock that was set by less is not noticed."""

    times: tuple[int, ...]
    add: tuple[int, ...]
    error_ns: int

    @property
    def span_ns(self) -> int:
        """By how much the difference changed."""
        return max(self.add) - min(self.add)

    def shifts(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        """What to add to each. Before the first knot, and after the last: as there."""
        knots, add = np.array(self.times) - self.times[0], np.array(self.add) - self.add[0]
        found: NDArray[np.int64] = np.interp(times - self.times[0], knots, add).astype(np.int64) + self.add[0]
        return found

    def shift(self, t: int) -> int:
        """As `shifts`."""
        i = bisect_right(self.times, t)
        if i in {0, len(self.times)}:
            return self.add[max(0, i - 1)]
        (begin, end), (first, last) = self.times[i - 1 : i + 1], self.add[i - 1 : i + 1]
        return first + (last - first) * (t - begin) // (end - begin)


def drift(pairs: Iterable[Pair]) -> Drift | None:
    """None if there are too few pairs, or if not nearly all are of one clock that runs on."""
    every = sorted(pairs)
    chain = max(_chains(every), key=len, default=[])
    if len(chain) < max(_LEAST, _STEADY * len(every)):
        return None
    apart = max(b[0] - a[0] for a, b in pairwise(chain))
    if apart > MOST_APART_NS:
        return None
    windows = [chain[i : i + _WINDOW] for i in range(0, len(chain) - _WINDOW + 1, _WINDOW)]
    times = tuple(median_low(t for t, _ in window) for window in windows)
    add = tuple(median_low(add for _, add in window) for window in windows)
    return Drift(times, add, _most(apart))


def _chains(every: Sequence[Pair]) -> list[list[Pair]]:
    """Each pair belongs to the first chain whose last pair it can follow."""
    chains: list[list[Pair]] = []
    for pair in every:
        own = next((chain for chain in chains if _follows(chain[-1], pair)), None)
        if own is not None:
            own.append(pair)
        elif len(chains) < _MOST_CHAINS:
            chains.append([pair])
    return chains


def _follows(one: Pair, other: Pair) -> bool:
    return abs(other[1] - one[1]) <= _most(other[0] - one[0])


def _most(apart: int) -> int:
    """By how much the difference can change in that time without the clock being set; a delay on the way is allowed."""
    return WITHIN_NS + apart * MOST_PPM // 1_000_000
