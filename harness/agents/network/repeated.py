"""Work that a held op does again and again: on the agent's loop, and so ended by the agent's death."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from harness.agents.loop import Loop, now
from harness.agents.timer import Timer
from harness.model.errors import HarnessError
from harness.model.ops import AnyOp

LEAST_NS: Final = 10_000_000
"""The shortest interval: work on the loop must leave time for deadlines."""


class Repeated:
    """Two parts of a plan may hold the same op: its work is done once, and the conductor undoes it after the last."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._timers: dict[AnyOp, Timer] = {}

    def start(self, op: AnyOp, interval_ns: int, work: Callable[[], None]) -> None:
        """Raises what `work` raises at first: then it is not repeated."""
        if op not in self._timers:
            work()
            self._next(op, interval_ns, work)

    def stop(self, op: AnyOp) -> None:
        """May be repeated."""
        if timer := self._timers.pop(op, None):
            timer.cancel()

    def _next(self, op: AnyOp, interval_ns: int, work: Callable[[], None]) -> None:
        self._timers[op] = self._loop.at(now() + interval_ns, lambda: self._again(op, interval_ns, work))

    def _again(self, op: AnyOp, interval_ns: int, work: Callable[[], None]) -> None:
        with suppress(OSError, HarnessError):  # carrier is lost or the node restarts: the next time it may succeed
            work()
        self._next(op, interval_ns, work)
