"""How late an agent reads what it stamps itself, told by one `Lag` every 250 ms while anybody is subscribed.

The kernel stamps frames, and nothing else that an agent reads: netlink, FIFOs and the ends of processes get the time at
which they are read. How late that is at most, the loop knows (`Loop.delay_ns`) if it polls often: hence the timer. An
agent that could not run tells so in the turn in which it reads what has piled up, after the events of that turn.
"""

from collections.abc import Callable
from typing import Final

from harness.agents.loop import Loop, now
from harness.model.events import AnyEvent, Lag
from harness.model.units import ms

TOLD_NS: Final = 250 * ms
POLLED_NS: Final = 5 * ms
"""So much is the lag of an observer that is never late. Of the eye: its stamps are compared with the kernel's."""


class Lateness:
    """`observed()`: is anybody subscribed? Without, nothing is measured, and the loop may sleep."""

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
        """Somebody has subscribed."""
        if not self._measuring:
            self._measuring = True
            self._loop.forget_delays()
            self._frames, self._due = 0, now() + TOLD_NS
            self._tick()

    def frame(self, stamped_ns: int) -> None:
        """A frame was read that the kernel stamped then."""
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
