"""Is an agent's record whole, and how late did its observer read? Told by the events themselves.

Every event of an agent has a serial number, without a hole within one life of the agent. `Lag` says how late an
observer read. Recordings older than both have neither: they are taken for whole, and `ASSUMED_LAG_NS` late.
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
"""Of an observer that does not report: until it did, a trial was invalid from so much on where it could be told."""


class Life(NamedTuple):
    """One life of an agent, from when it started until it started anew. Instants in ns.

    `holes`: after which events some are missing, in order. `newest`: of all that it told; None: nothing numbered.
    """

    began: int
    holes: tuple[int, ...]
    newest: int | None


class Continuity:
    """Of a whole history's events."""

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
        self._lives = {agent: list(_lives(told[agent], starts[agent])) for agent in AGENTS}

    def hole(self, agent: str, until: int) -> int | None:
        """The instant from which the agent's record, of the life that it had at `until`, is incomplete.

        None if it is whole up to `until`, or if nothing of the history is numbered.
        """
        if not self._numbered:
            return None
        life = [each for each in self._lives[agent] if each.began <= until][-1]
        newest = life.began if life.newest is None else life.newest
        ends = [t for t in (*life.holes, newest) if t < until]
        return min(ends, default=None)

    def since(self, agent: str) -> int | None:
        """When the record of the agent begins; None if nothing of it is numbered."""
        return self._since[agent]

    def lag_ns(self, within: Interval, observer: str = "eye") -> int:
        """How late, at most, the observer read what happened in `within`."""
        lags = self._lags.get(observer)
        if lags is None:
            return ASSUMED_LAG_NS
        first, last = (bisect_left(lags, t, key=attrgetter("t")) for t in within)
        return max((lag.lag_ns for lag in lags[first : last + 1]), default=ASSUMED_LAG_NS)


def _lives(told: list[AnyEvent], starts: list[int]) -> Iterator[Life]:
    """`told`, `starts`: of one agent, in order of time."""
    for began, following in pairwise([*starts, FOREVER]):
        first, last = (bisect_left(told, t, key=attrgetter("t")) for t in (began, following))
        yield _life(began, sorted(told[first:last], key=attrgetter("serial")))


def _life(began: int, told: list[AnyEvent]) -> Life:
    """`told`: in the order of its numbers, which need not be that of time: frames have the kernel's."""
    holes = sorted(before.t for before, after in pairwise(told) if after.serial - before.serial > 1)
    return Life(began, tuple(holes), max((each.t for each in told), default=None))
