"""The whole virtual machine stops and later goes on, unaware: a snapshot, a live migration, an overloaded host."""

from typing import ClassVar

from harness.faults.fault import Fault, crossings, held, positive
from harness.model.ops import Drop, Plan, Signal, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class Freeze(Fault, frozen=True):
    """`target`: a node. Its processes stop and its network card is silent: a frozen kernel answers no ARP either."""

    signs: ClassVar[Signs] = Signs(
        caches="entries stay until the other node announces itself",
        keepalived=(
            "the frozen node says nothing, and is MASTER again when it thaws: two owners until the lower priority "
            "gives up"
        ),
        customers="time-outs until the other node has taken over; open connections hang",
    )

    target: str
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        topology.node(self.target)
        silence = (Drop(port, side) for port, side in crossings(topology, self.target, "both"))
        return plan((Signal(self.target), *silence), positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"freeze {self.target} {held(self.duration)}"
