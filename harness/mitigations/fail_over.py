"""Fail over on purpose: keepalived of the owner stops, the other takes over and announces itself."""

from harness.mitigations.mitigation import Mitigation
from harness.model.errors import BadValue
from harness.model.ops import Plan, ServiceDown, plan
from harness.model.topology import Topology
from harness.model.units import format_duration, s


class FailOver(Mitigation, frozen=True):
    """`node`: whose keepalived stops, `duration` ns long. It ends with a farewell (an advert of priority 0)."""

    node: str
    duration: int = 3 * s

    def plan(self, topology: Topology) -> Plan:
        topology.node(self.node)
        if self.duration <= 0:
            raise BadValue("duration", self.duration, "a positive number of nanoseconds")
        return plan([ServiceDown(self.node, "keepalived")], self.duration)

    def targets(self) -> tuple[str, ...]:
        return (self.node,)

    def describe(self) -> str:
        return f"fail over from {self.node} for {format_duration(self.duration)}"
