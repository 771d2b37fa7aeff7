"""How the network agent does its ops on rings (`harness.model.ops.rings`)."""

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
                return Ready(lambda: rings.keep(switch, keeping=True), lambda: rings.keep(switch, keeping=False))
            case OpenLate(switch=switch, delay_ns=delay):
                rings.expect(switch)
                late = Ready(lambda: rings.late(switch, delay), lambda: rings.late(switch, 0))
                return self._claims.guarded(op, (OpenLate, switch), late)
            case ForceOpen(port=port):
                rings.expect_port(port)
                return Ready(lambda: rings.force(port, forced=True), lambda: rings.force(port, forced=False))
            case OpenPorts(switch=switch):
                return Ready(lambda: rings.open_ports(switch))
            case _:
                assert_never(op)
