"""Connections to a database close late: pools count them as used, although both ends have done with them."""

from typing import ClassVar

from harness.faults.fault import Fault, held, of_kind, positive
from harness.model.ops import Plan, Toxic, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration, format_duration, whole_ms


class SlowClose(Fault, frozen=True):
    """`target`: a database. `delay`: from the end of a connection at one side to its end at the other."""

    example: ClassVar[str] = "db-1 --delay 5s"
    signs: ClassVar[Signs] = Signs(
        caches="nothing: no ARP entry is touched",
        keepalived="nothing: VRRP does not notice",
        customers="requests wait for a free connection of the API's pool",
    )

    target: str
    delay: Duration
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        of_kind(topology, self.target, "database")
        attributes = (("delay", whole_ms("delay", self.delay)),)
        return plan((Toxic(self.target, "clients", "slow_close", attributes),), positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"connections to {self.target} close {format_duration(self.delay)} late, {held(self.duration)}"
