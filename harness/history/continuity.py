"""Is an agent's record whole, and how late did its observer read? Told by the events themselves.

Every event of an agent has a serial number, without a hole within one life of the agent. `Lag` says how late an
observer read. Recordings older than both have neither: they are taken for whole, and `ASSUMED_LAG_NS` late.
"""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise
from operator import attrgetter
from typing import Final, NamedTuple

from harness.history.timeline import Interval
from harness.model.events import AgentStarted, AnyEvent, Lag
from harness.model.units import ms

AGENTS: Final = ("hand", "eye", "service")
ASSUMED_LAG_NS: Final = 50 * ms
"""Of an observer that does not report: until it did, a trial was invalid from so much on where it could be told."""


class Told(NamedTuple):
    """One event of an agent: its number and its time."""

    serial: int
    t: int


class Continuity:
    """Of a whole history's events."""

    def __init__(self, events: Iterable[AnyEvent]) -> None:
        self._told: dict[str, list[Told]] = {agent: [] for agent in AGENTS}
        self._starts: dict[str, list[int]] = {agent: [] for agent in AGENTS}
        self._lags: dict[str, list[Lag]] = {}
        for event in events:
            if event.serial:
                self._told.setdefault(event.told_by, []).append(Told(event.serial, event.t))
            if isinstance(event, AgentStarted):
                self._starts.setdefault(event.agent, []).append(event.t)
            elif isinstance(event, Lag):
                self._lags.setdefault(event.observer, []).append(event)

    def hole(self, agent: str, until: int) -> int | None:
        """The instant from which the agent's record, of the life that it had at `until`, is incomplete.

        None if it is whole up to `until`, or if nothing of the history is numbered.
        """
        if not any(self._told.values()):
            return None
        began = max((t for t in self._starts[agent] if t <= until), default=0)
        following = min((t for t in self._starts[agent] if t > until), default=None)
        told = [each for each in self._told[agent] if each.t >= began and (following is None or each.t < following)]
        return _hole(sorted(told), began, until)

    def lag_ns(self, within: Interval, observer: str = "eye") -> int:
        """How late, at most, the observer read what happened in `within`."""
        lags = self._lags.get(observer)
        if lags is None:
            return ASSUMED_LAG_NS
        first, last = (bisect_left(lags, t, key=attrgetter("t")) for t in within)
        return max((lag.lag_ns for lag in lags[first : last + 1]), default=ASSUMED_LAG_NS)


def _hole(told: list[Told], began: int, until: int) -> int | None:
    """`told`: of one life, in the order of their numbers, which need not be that of time: frames have the kernel's."""
    missing = (before.t for before, after in pairwise(told) if after.serial - before.serial > 1)
    newest = max((each.t for each in told), default=began)
    ends = [t for t in missing if t < until] + ([newest] if newest < until else [])
    return min(ends, default=None)
