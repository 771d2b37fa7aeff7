"""A step over time, small enough to stay in outcome.json: a picture or a table needs no history.

Each series is a list of ``[at_s, value]``: the value is so from `at_s` on, until the next entry or the step's end.
"""

from itertools import pairwise
from typing import Final

import msgspec

SERIES_BIN_S: Final = 0.1
WIDE_BIN_S: Final = 1.0
"""For vantage points with fewer than ten probes per second: most bins of 0.1 s would be empty."""

Owners = tuple[tuple[float, tuple[str, ...] | None], ...]
"""The nodes that have the address: none, one, or several at once. None: not known yet, or not again."""

Reached = tuple[tuple[float, str | None], ...]
"""The node that a cache leads to; None: it leads to none."""

Shares = tuple[tuple[float, float | None], ...]
"""The share of good arrivals among those due in each bin; None: none was due."""


class StepSeries(msgspec.Struct, frozen=True):
    """All times in seconds from the step's first effect.

    `faults`: when an op of a fault was in force, as acknowledged; None: beyond the step's end. `acts`: when an act was
    done (a flush, an announcement). `owners`: VIP → …, `caches`: name of the cache → …, `success`: vantage point → …,
    in bins of `bin_s`.
    """

    begins_s: float
    ends_s: float
    faults: tuple[tuple[float, float | None], ...] = ()
    acts: tuple[float, ...] = ()
    owners: dict[str, Owners] = {}
    caches: dict[str, Reached] = {}
    success: dict[str, Shares] = {}
    bin_s: float = SERIES_BIN_S

    @property
    def takeovers(self) -> int:
        """How often a node gained a VIP within the step."""
        return sum(_gains(changes) for changes in self.owners.values())


def _gains(changes: Owners) -> int:
    """What is told again after a time in which nothing was known is no gain."""
    known = [set(nodes) for _, nodes in changes if nodes is not None]
    return sum(len(after - before) for before, after in pairwise(known))
