"""How late an agent reads what it stamps itself: one `Lag` event every 250 ms while a client is subscribed.

The kernel stamps frames only. Netlink messages, lines of a FIFO and ends of processes get the time at which the agent
reads them. The loop knows the longest possible delay (`Loop.delay_ns`) if it polls often: hence the timer. An agent
that could not run reports the lag in the turn in which it reads the backlog, after the events of that turn.
"""

from collections.abc import Callable
from typing import Final

from harness.agents.loop import Loop, now
from harness.model.events import AnyEvent, Lag
from harness.model.units import ms

TOLD_NS: Final = 250 * ms
POLLED_NS: Final = 5 * ms
"""The lag of an observer that is never late. Short for the eye: its stamps are compared with the kernel's."""


class Lateness:
    """`observed()`: is a client subscribed? If not, nothing is measured, and the loop may sleep."""

    def __init__(
        self,
        loop: Loop,
        observer: str,
        emit: Callable[[AnyEvent], None],
        observed: Callable[[], bool],
        polled_ns: int = POLLED_NS,
    ) -> None:
        self._polled_ns = polled_ns
        self._loop = loop
        self._observer = observer
        self._emit = emit
        self._observed = observed
        self._frames = 0
        self._due = 0
        self._measuring = False

    def begin(self) -> None:
        """A client has subscribed."""
        if not self._measuring:
            self._measuring = True
            self._loop.forget_delays()
            self._frames, self._due = 0, now() + TOLD_NS
            self._tick()

    def frame(self, stamped_ns: int) -> None:
        """The agent has read a frame with this kernel timestamp."""
        self._frames = max(self._frames, now() - stamped_ns)

    def _tick(self) -> None:
        self._measuring = self._observed()
        if self._measuring:
            self._loop.at(now() + self._polled_ns, self._tick)
            if now() >= self._due:
                self._tell()

    def _tell(self) -> None:
        lag = max(self._frames, self._loop.longest_delay_ns())
        self._frames, self._due = 0, now() + TOLD_NS
        self._emit(Lag(now(), self._observer, lag))
