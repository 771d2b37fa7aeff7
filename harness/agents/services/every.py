"""A call at a fixed period on the agent's loop, until it is cancelled."""

from collections.abc import Callable

from harness.agents.loop import Loop, now


class Every:
    """First in the next turn. Late turns are not made up for. An exception ends the agent, like every callback's."""

    def __init__(self, loop: Loop, period_ns: int, call: Callable[[], None]) -> None:
        self._loop = loop
        self._period_ns = period_ns
        self._call = call
        self._timer = loop.at(now(), self._due)

    def cancel(self) -> None:
        self._timer.cancel()

    def _due(self) -> None:
        self._timer = self._loop.at(now() + self._period_ns, self._due)
        self._call()
