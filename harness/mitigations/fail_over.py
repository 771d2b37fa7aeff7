"""Fail over on purpose: keepalived of the owner stops, the other node takes over and announces itself."""

from typing import ClassVar

from harness.mitigations.mitigation import Mitigation
from harness.model.ops import Plan, ServiceDown, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration, format_duration, positive_time, s


class FailOver(Mitigation, frozen=True):
    """`node`: its keepalived stops for `duration`. keepalived sends an advert of priority 0 before it ends."""

    example: ClassVar[str] = "lb-ext-1"
    signs: ClassVar[Signs] = Signs(
        caches="entries follow the other node, which announces itself, and then the first one again",
        keepalived="STOP, and BACKUP when it starts again; the other node is MASTER meanwhile",
        customers="two short gaps",
    )

    node: str
    duration: Duration = 3 * s

    def plan(self, topology: Topology) -> Plan:
        topology.node(self.node)
        return plan([ServiceDown(self.node, "keepalived")], positive_time("duration", self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.node,)

    def describe(self) -> str:
        return f"fail over from {self.node} for {format_duration(self.duration)}"
