"""A database has no connection left: a pool that leaks, too many clients, a limit that was forgotten."""

from typing import ClassVar

from harness.faults.fault import Fault, held, of_kind, positive
from harness.model.ops import Plan, SqlConnections, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class ConnectionsUsedUp(Fault, frozen=True):
    """`target`: a database. Clients that are connected go on; each new connection is refused (error 1040)."""

    example: ClassVar[str] = "db-1"
    signs: ClassVar[Signs] = Signs(
        caches="nothing",
        keepalived="nothing",
        customers="requests fail whose API server needs a new connection",
    )

    target: str
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        return plan([SqlConnections(of_kind(topology, self.target, "database").name)], positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"connections of {self.target} used up {held(self.duration)}"
