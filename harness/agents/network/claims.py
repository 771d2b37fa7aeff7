"""Which value is in force at a place: two shares or two rates of one port cannot be in force together."""

from collections.abc import Hashable

from harness.agents.executor import Ready
from harness.model.errors import AgentError
from harness.model.ops import AnyOp


class Claims:
    def __init__(self) -> None:
        self._held: dict[Hashable, AnyOp] = {}

    def guarded(self, op: AnyOp, place: Hashable, ready: Ready) -> Ready:
        """The same work, but `apply` raises `AgentError` while another op has the place, and `undo` leaves that alone.

        The kernel would not say so: it keeps the older value and reports success.
        """

        def apply() -> None:
            if (other := self._held.get(place, op)) != op:
                raise AgentError(f"The op {other} is in force there: undo it first.")
            if place not in self._held:  # two parts of a plan may hold the same op
                ready.apply()
                self._held[place] = op

        def undo() -> None:
            if self._held.get(place) == op:
                ready.undo()
                del self._held[place]

        return Ready(apply, undo, count=ready.count)
