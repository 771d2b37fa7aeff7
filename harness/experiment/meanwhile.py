"""An operator's act while a fault is in force, at a given time after its begin, on the same clock."""

from harness.faults import Fault
from harness.mitigations import Mitigation
from harness.model.ops import Part, Plan
from harness.model.topology import Topology
from harness.model.units import format_duration


class Meanwhile(Fault, frozen=True):
    """`at`: ns after the fault's begin. The mitigation's plan holds acts only."""

    fault: Fault
    mitigation: Mitigation
    at: int

    def plan(self, topology: Topology) -> Plan:
        acts = tuple(Part(part.op, self.at) for part in self.mitigation.plan(topology).parts)
        return self.fault.plan(topology) & Plan(acts)

    def targets(self) -> tuple[str, ...]:
        return self.fault.targets()

    def describe(self) -> str:
        return f"{self.fault.describe()}, and {self.mitigation.describe()} after {format_duration(self.at)}"


def meanwhile(fault: Fault, mitigation: Mitigation, at: int) -> Fault:
    return Meanwhile(fault, mitigation, at)
