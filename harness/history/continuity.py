"""Is an agent's record complete, and how late did its observer read? Both by the events themselves.

Every event of an agent has a serial number, without a hole between two starts of the agent. `Lag` says how late an
observer read. Old recordings have neither: they count as complete, and `ASSUMED_LAG_NS` late.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from operator import attrgetter
from typing import Final, NamedTuple

from harness.history.timeline import FOREVER, Interval
from harness.model.events import AgentStarted, AnyEvent, Lag
from harness.model.units import ms

AGENTS: Final = ("hand", "eye", "service")
ASSUMED_LAG_NS: Final = 50 * ms
"""For an observer without `Lag` events: before these existed, a trial with a longer measured delay was invalid."""


class AgentRecord(NamedTuple):
    """The record of an agent from one start to the next. Instants in ns.

    `holes`: the events after which some are missing, in order. `newest`: its last event; None: none has a number.
    """

    began: int
    holes: tuple[int, ...]
    newest: int | None


class Continuity:
    """The continuity of all events of a history."""

    def __init__(self, events: Iterable[AnyEvent]) -> None:
        told: defaultdict[str, list[AnyEvent]] = defaultdict(list)
        starts: defaultdict[str, list[int]] = defaultdict(lambda: [0])
        self._lags: dict[str, list[Lag]] = {}
        for event in events:
            if event.serial:
                told[event.told_by].append(event)
            if isinstance(event, AgentStarted):
                starts[event.agent].append(event.t)
            elif isinstance(event, Lag):
                self._lags.setdefault(event.observer, []).append(event)
        self._numbered = bool(told)
        self._since = {agent: min((each.t for each in told[agent]), default=None) for agent in AGENTS}
        self._records = {agent: list(_records(told[agent], starts[agent])) for agent in AGENTS}

    def hole(self, agent: str, until: int) -> int | None:
        """The instant from which the agent's record, since its last start before `until`, is incomplete.

        None if it is complete up to `until`, or if no event of the history has a number.
        """
        if not self._numbered:
            return None
        record = [each for each in self._records[agent] if each.began <= until][-1]
        newest = record.began if record.newest is None else record.newest
        ends = [t for t in (*record.holes, newest) if t < until]
        return min(ends, default=None)

    def since(self, agent: str) -> int | None:
        """When the record of the agent begins; None if none of its events has a number."""
        return self._since[agent]

    def lag_ns(self, within: Interval, observer: str = "eye") -> int:
        """How late, at most, the observer read what happened in `within`."""
        lags = self._lags.get(observer)
        if lags is None:
            return ASSUMED_LAG_NS
        first, last = (bisect_left(lags, t, key=attrgetter("t")) for t in within)
        return max((lag.lag_ns for lag in lags[first : last + 1]), default=ASSUMED_LAG_NS)


def _records(told: list[AnyEvent], starts: list[int]) -> Iterator[AgentRecord]:
    """`told`, `starts`: of one agent, in order of time."""
    for began, following in pairwise([*starts, FOREVER]):
        first, last = (bisect_left(told, t, key=attrgetter("t")) for t in (began, following))
        yield _record(began, sorted(told[first:last], key=attrgetter("serial")))


def _record(began: int, told: list[AnyEvent]) -> AgentRecord:
    """`told`: in the order of serial numbers, which may differ from that of time: frames have the kernel's stamps."""
    holes = sorted(before.t for before, after in pairwise(told) if after.serial - before.serial > 1)
    return AgentRecord(began, tuple(holes), max((each.t for each in told), default=None))
