"""Outages of one vantage point from its arrivals, and its recovery time. numpy only, no history.

A vantage point is down from its first bad arrival until the first good arrival that is *confirmed*: at least 95 % of
the arrivals in its window are good. The window is the next 0.25 s or the next 20 arrivals, whichever is longer. A
window that the end of the watch cuts off confirms only if it still has 8 arrivals, and all of them are good. An outage
is the interval of being down. So a recovery shorter than the window does not end an outage, and every bad arrival while
up begins a new outage. Resolution is 1/λ for an even rate λ; bias +1/(2λ).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.model.outcome import VantageState
from harness.model.requests import Outcome
from harness.model.units import ms

GOOD_WITHIN_NS: Final = 150 * ms
CONFIRM_NS: Final = 250 * ms
CONFIRM_ARRIVALS: Final = 20  # at 5 probes/s 0.25 s have one or two, which confirm nothing
CONFIRM_SHARE: Final = 0.95
LEAST_ARRIVALS: Final = 8  # fewer say nothing

Times = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Outage(NamedTuple):
    """`end_ns` None: by the arrivals the outage is not over."""

    begin_ns: int
    end_ns: int | None


@dataclass(frozen=True)
class Arrivals:
    """Arrivals due in [.., until): `due` in order, and whether each was good. Both of shape (n,)."""

    due: Times
    good: Flags
    until_ns: int

    def outages(self) -> list[Outage]:
        """Every interval of being down, in order."""
        return self._outages

    @cached_property
    def _outages(self) -> list[Outage]:
        bad, up = np.flatnonzero(~self.good), np.flatnonzero(self._confirmed())
        found: list[Outage] = []
        while len(bad):
            begin = int(self.due[bad[0]])
            up = up[np.searchsorted(up, bad[0]) :]
            if not len(up):
                return [*found, Outage(begin, None)]
            found.append(Outage(begin, int(self.due[up[0]])))
            bad = bad[np.searchsorted(bad, up[0]) :]
        return found

    def bad_ns(self) -> int:
        """Time in which arrivals were bad: each counts for the time until the next one is due."""
        return int(np.diff(self.due, append=self.until_ns)[~self.good].sum())

    @property
    def state(self) -> VantageState:
        """The state at the end of the watch. With too few arrivals, or too few good ones at the end, it is *censored*.

        An outage that is not over is *down*, unless it may have just ended (`_may_be_over`): a vantage point that loses
        some requests all the time is down, even if its very last one was good.
        """
        outages = self.outages()
        if not len(self.due):
            return "no arrivals"
        if outages and outages[-1].end_ns is not None:
            return "recovered"
        if outages:
            return "censored" if self._may_be_over(outages[-1]) else "down"
        return "censored" if len(self.due) < LEAST_ARRIVALS else "unaffected"

    def _may_be_over(self, outage: Outage) -> bool:
        """May an outage without a confirmed end be over? Its last arrival must be good, and one of two must be true.

        At least 95 % of the outage's arrivals in the window before the last bad one were bad; or 95 % of the very last
        window are good.
        """
        last_bad, last = int(np.flatnonzero(~self.good)[-1]), len(self.good) - 1
        begin = max(int(np.searchsorted(self.due, outage.begin_ns)), self._window_until(last_bad))
        dark = (~self.good[begin : last_bad + 1]).mean() >= CONFIRM_SHARE
        lately = self.good[self._window_until(last) :].mean() >= CONFIRM_SHARE
        return last_bad < last and bool(dark or lately)

    def _window_until(self, last: int) -> int:
        """The number of the first arrival in the window that ends with arrival `last`."""
        soon = int(np.searchsorted(self.due, self.due[last] - CONFIRM_NS, side="right"))
        return max(0, min(soon, last + 1 - CONFIRM_ARRIVALS))

    def _confirmed(self) -> Flags:
        """Which good arrivals begin a window that is good enough."""
        numbers = np.arange(len(self.due))
        wanted = np.maximum(np.searchsorted(self.due, self.due + CONFIRM_NS), numbers + CONFIRM_ARRIVALS)
        ends = np.minimum(wanted, len(self.due))
        sums = np.cumsum(self.good)
        inside, good_inside = ends - numbers, sums[ends - 1] - sums + self.good
        whole = (wanted <= len(self.due)) & (self.due + CONFIRM_NS <= self.until_ns)
        all_good = (good_inside == inside) & (inside >= LEAST_ARRIVALS)
        enough = np.where(whole, good_inside / inside >= CONFIRM_SHARE, all_good)
        confirmed: Flags = self.good & enough
        return confirmed


class Recovery(NamedTuple):
    """ns from the first effect. `end_ns` 0: unaffected; None: `state` says why. `first_good_ns` likewise."""

    state: VantageState
    end_ns: int | None
    first_good_ns: int | None
    bad_ns: int
    relapses: int


def recovery(arrivals: Arrivals, effect_ns: int) -> Recovery:
    """The recovery from the last outage that begins within the arrivals' watch."""
    outages, state = arrivals.outages(), arrivals.state
    if not outages:
        end = 0 if state == "unaffected" else None
        return Recovery(state, end_ns=end, first_good_ns=end, bad_ns=0, relapses=0)
    last = outages[-1].end_ns
    good_after = arrivals.due[arrivals.good & (arrivals.due > outages[0].begin_ns)]
    return Recovery(
        state,
        end_ns=None if last is None else max(0, last - effect_ns),
        first_good_ns=max(0, int(good_after[0]) - effect_ns) if len(good_after) else None,
        bad_ns=arrivals.bad_ns(),
        relapses=len(outages) - 1,
    )


def good(requests: NDArray[Any], within_ns: int = GOOD_WITHIN_NS) -> Flags:
    """Answered rightly, within `within_ns` of when the arrival was *due*: this avoids coordinated omission."""
    flags: Flags = (requests["outcome"] == Outcome.ok) & (requests["done"] - requests["due"] <= within_ns)
    return flags
