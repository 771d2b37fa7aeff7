"""A table is locked, and each statement on it waits: a migration, a backup, a transaction that was forgotten."""

from typing import ClassVar

from harness.faults.fault import Fault, held, of_kind, positive
from harness.model.ops import Plan, SqlLock, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class LockHeld(Fault, frozen=True):
    """`target`: a database. Its token table is locked: each authentication there waits."""

    example: ClassVar[str] = "db-1"
    signs: ClassVar[Signs] = Signs(
        caches="nothing",
        keepalived="nothing",
        customers="each request that authenticates there waits, then fails; sessions fill the balancer",
    )

    target: str
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        return plan([SqlLock(of_kind(topology, self.target, "database").name)], positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"token table of {self.target} locked {held(self.duration)}"
