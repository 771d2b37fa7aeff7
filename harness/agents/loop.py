"""One thread per agent process: file descriptors, ordinary timers and exact deadlines.

Before an exact deadline the loop sleeps, then spins for at most `SPIN_NS`. While one is pending the process has
real-time priority (`realtime.Priority`) and no garbage collection; otherwise it is an ordinary process.
"""

import select
import time
from collections.abc import Callable
from typing import Final

from harness.agents.realtime import OrdinaryPriority, Priority
from harness.agents.timer import Timer, Timers
from harness.model.units import ms

SPIN_NS: Final = 1 * ms
READABLE: Final = select.EPOLLIN
WRITABLE: Final = select.EPOLLOUT
now = time.monotonic_ns


class Loop:
    def __init__(self, priority: Priority | None = None) -> None:
        self.priority = priority or OrdinaryPriority()
        self._timers = Timers()
        self._epoll = select.epoll()
        self._calls: dict[int, Callable[[int], None]] = {}
        self._afterwards: list[Callable[[], None]] = []
        self._running = False
        self._expecting = 0
        self._polled = self._polled_before = now()
        self._longest_delay = 0

    def watch(self, fd: int, call: Callable[[int], None], events: int = READABLE) -> None:
        """`call(events)` whenever `fd` is ready; a second call for the same `fd` changes call and events."""
        if fd in self._calls:
            self._epoll.modify(fd, events)
        else:
            self._epoll.register(fd, events)
        self._calls[fd] = call

    def forget(self, fd: int) -> None:
        """Must precede the close of `fd`. Idempotent."""
        if self._calls.pop(fd, None):
            self._epoll.unregister(fd)

    def at(self, t: int, call: Callable[[], object], *, exact: bool = False, rank: int = 0) -> Timer:
        """`call()` at `t` ns on CLOCK_MONOTONIC; in the next turn if that has passed. `rank` orders equal `t`."""
        timer = self._timers.add(t, call, exact=exact, rank=rank)
        if exact:
            self.priority.elevate()
        return timer

    def afterwards(self, call: Callable[[], None]) -> None:
        """`call()` once, at the end of this turn: for work (sending) that must not delay the deadlines that are due."""
        self._afterwards.append(call)

    def expect(self) -> None:
        """An input may need an answer at once: real-time priority, and no slow work, until `expect_no_more`."""
        self._expecting += 1
        self.priority.elevate()

    def expect_no_more(self) -> None:
        self._expecting -= 1

    @property
    def urgent(self) -> bool:
        """Is an exact deadline pending, or an input expected? Then this process is real-time, and must sleep often."""
        return self._expecting > 0 or self._timers.next_exact() is not None

    def leisure_ns(self) -> int:
        """The time for slow work: until the next exact deadline; a minute if there is none."""
        if self._expecting:
            return 0
        timer = self._timers.next_exact()
        return timer.t - now() if timer else 60_000 * ms

    def delay_ns(self) -> int:
        """The longest possible age of what this turn handles: the poll before would have returned anything older."""
        return now() - self._polled_before

    @property
    def heard_ns(self) -> int:
        """This turn has read all input from before this instant: a turn reads first, then fires its timers."""
        return self._polled

    def longest_delay_ns(self) -> int:
        """The longest `delay_ns` of all turns since the last call, this turn included."""
        longest, self._longest_delay = max(self._longest_delay, self.delay_ns()), 0
        return longest

    def forget_delays(self) -> None:
        """Ignores the delays up to now."""
        self._longest_delay, self._polled_before = 0, now()

    def run(self) -> None:
        """Until `stop`. An exception of a callback ends the agent: Docker restarts it, and it replays its journal."""
        self._running = True
        while self._running:
            self.turn()

    def stop(self) -> None:
        self._running = False

    def turn(self, patience_ns: int | None = None) -> None:
        """Waits for the next input or timer (at most `patience_ns`) and does all that is due."""
        ready = self._epoll.poll(self._timeout_s(patience_ns))
        self._polled_before, self._polled = self._polled, now()
        for fd, events in ready:
            call = self._calls.get(fd)
            if call:  # an earlier call of this turn may have called `forget`
                call(events)
        self._fire()
        if not self.urgent:
            self.priority.lower()
        calls, self._afterwards = self._afterwards, []
        for afterwards in calls:
            afterwards()
        self._longest_delay = max(self._longest_delay, self.delay_ns())

    def _timeout_s(self, patience_ns: int | None) -> float | None:
        """Seconds in whole milliseconds, rounded down for exact deadlines (epoll rounds up)."""
        if self._afterwards:
            return 0
        limits = [] if patience_ns is None else [patience_ns]
        timer, exact = self._timers.next(), self._timers.next_exact()
        if timer:
            limits.append(timer.t - now())
        if exact:
            limits.append((exact.t - now() - SPIN_NS // 5) // ms * ms)
        return max(0, min(limits)) / 1e9 if limits else None

    def _fire(self) -> None:
        """All that is due. What is set meanwhile waits for the next turn, unless it is exact and must not be late.

        Else work that takes longer than its own period would let nothing else happen ever again.
        """
        before = self._timers.count
        while timer := self._timers.next():
            if timer.t - now() > (SPIN_NS if timer.exact else 0) or (timer.number >= before and not timer.exact):
                return
            while now() < timer.t:
                pass
            self._timers.pop().call()
