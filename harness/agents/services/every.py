"""A call at a fixed period on the agent's loop, until it is cancelled."""

from collections.abc import Callable

from harness.agents.loop import Loop, now


class Every:
    """First in the next turn, then by the clock: a late call does not delay later ones, and missed calls are skipped.

    An exception ends the agent, as in every callback.
    """

    def __init__(self, loop: Loop, period_ns: int, call: Callable[[], None]) -> None:
        self._loop = loop
        self._period_ns = period_ns
        self._call = call
        self._due_ns = now()
        self._timer = loop.at(self._due_ns, self._due)

    def cancel(self) -> None:
        self._timer.cancel()

    def _due(self) -> None:
        self._due_ns = following(self._due_ns, self._period_ns, now())
        self._timer = self._loop.at(self._due_ns, self._due)
        self._call()


def following(due_ns: int, period_ns: int, now_ns: int) -> int:
    """The first of `due_ns` + 1, 2, 3 … periods that is not past."""
    begun = -(-(now_ns - due_ns) // period_ns)
    return due_ns + max(1, begun) * period_ns
