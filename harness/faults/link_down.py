"""Carrier is lost: a pulled cable, a port shut, a rebooting switch. keepalived goes to FAULT at once."""

from harness.faults.fault import Fault, held, ports_of, positive
from harness.model.ops import LinkDown, Plan, plan
from harness.model.topology import Topology
from harness.model.units import Duration


class LinkDownFault(Fault, frozen=True):
    """`target`: a node (all its data ports) or NODE.SEGMENT."""

    target: str
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        return plan((LinkDown(port) for port in ports_of(topology, self.target)), positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"link down {self.target} {held(self.duration)}"
