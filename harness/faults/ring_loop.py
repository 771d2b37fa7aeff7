"""A ring without a blocked port: broadcasts circle and multiply until the storm guard shuts a port."""

from typing import ClassVar

from harness.faults.fault import Fault, held, positive
from harness.model.errors import UnknownName
from harness.model.ops import ForceOpen, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class RingLoop(Fault, frozen=True):
    """`target`: a trunk of a ring; both of its ends forward, whatever REP says. Take the one with the alternate port.

    The port that the guard has shut stays shut after the fault, until an operator opens it: ``harness reset`` does.
    """

    example: ClassVar[str] = "trunk-ca"
    network: ClassVar[str] = "full"
    signs: ClassVar[Signs] = Signs(
        caches="entries stay; forwarding tables jump between ports, as each broadcast comes from both sides",
        keepalived="its own adverts come back; once a port is shut everything is as before, or one side is cut off",
        customers="bad requests for the milliseconds of the storm",
    )

    target: str
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        """Raises `UnknownName` for a trunk that is in no ring."""
        valid = [trunk for ring in topology.rings.values() for trunk in ring.trunks]
        if self.target not in valid:
            raise UnknownName("trunk of a ring", self.target, valid or ["none in this lab: harness up --network full"])
        trunk = topology.trunks[self.target]
        return plan([ForceOpen(trunk.end_a), ForceOpen(trunk.end_b)], positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"both ends of {self.target} forward whatever REP says, {held(self.duration)}"
