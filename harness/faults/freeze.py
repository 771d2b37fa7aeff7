"""The whole virtual machine stops and later goes on, unaware: a snapshot, a live migration, an overloaded host."""

from harness.faults.fault import Fault, crossings, held, positive
from harness.model.ops import Drop, Plan, Signal, plan
from harness.model.topology import Topology
from harness.model.units import Duration


class Freeze(Fault, frozen=True):
    """`target`: a node. Its processes stop and its network card is silent: a frozen kernel answers no ARP either."""

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
