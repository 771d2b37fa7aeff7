"""How the network agent does its ops on rings (`harness.model.ops.rings`)."""

from collections.abc import Callable
from typing import assert_never

from harness.agents.executor import Ready
from harness.agents.network.claims import Claims
from harness.agents.network.rings import Rings
from harness.model.errors import AgentError
from harness.model.ops import ForceOpen, IgnoreChanges, OpenLate, OpenPorts, RingOp


class RingExecutor:
    """`rings`: None in a network without rings and without a guard, where every such op is refused."""

    def __init__(self, rings: Rings | None) -> None:
        self._rings = rings
        self._claims = Claims()

    def prepare(self, op: RingOp) -> Ready:
        """Raises `AgentError` for a port or a switch that is in no ring."""
        if self._rings is None:
            raise AgentError("This network has no ring: REP is not running. harness up --network full has two.")
        return self._ready(self._rings, op)

    @staticmethod
    def restore(op: RingOp) -> None:
        """Nothing is left: what these ops change is in the agent's own memory, and ended with its earlier life."""

    def _ready(self, rings: Rings, op: RingOp) -> Ready:
        match op:
            case IgnoreChanges(switch=switch):
                rings.expect(switch)
                keep = Ready(lambda: rings.keep(switch, keeping=True), lambda: rings.keep(switch, keeping=False))
                return _counted(keep, lambda: rings.kept[switch])
            case OpenLate(switch=switch, delay_ns=delay):
                rings.expect(switch)
                late = Ready(lambda: rings.late(switch, delay), lambda: rings.late(switch, 0))
                return self._claims.guarded(op, (OpenLate, switch), _counted(late, lambda: rings.deferred(switch)))
            case ForceOpen(port=port):
                rings.expect_port(port)
                force = Ready(lambda: rings.force(port, forced=True), lambda: rings.force(port, forced=False))
                return _counted(force, lambda: rings.overruled[port])
            case OpenPorts(switch=switch):
                return Ready(lambda: rings.open_ports(switch))
            case _:
                assert_never(op)


def _counted(ready: Ready, total: Callable[[], int]) -> Ready:
    """The same work, which says how much `total` has grown since it was applied."""
    before: list[int] = []

    def apply() -> None:
        before[:] = [total()]
        ready.apply()

    return Ready(apply, ready.undo, count=lambda: total() - before[0] if before else None)
