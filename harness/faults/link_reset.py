"""Connections to a database end with TCP RST: a proxy or a firewall that drops its table, a server that was killed."""

from typing import ClassVar

from harness.faults.fault import Fault, held, of_kind, positive
from harness.model.ops import Plan, Toxic, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration, DurationOrZero, format_duration, whole_ms


class LinkReset(Fault, frozen=True):
    """`target`: a database. `after`: each new connection is reset after so long; present ones are closed."""

    example: ClassVar[str] = "db-1"
    signs: ClassVar[Signs] = Signs(
        caches="nothing: no ARP entry is touched",
        keepalived="nothing: VRRP does not notice",
        customers=(
            "errors of the API (5xx), or a second attempt inside it: its connections to the database end with RST"
        ),
    )

    target: str
    after: DurationOrZero = 0
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        of_kind(topology, self.target, "database")
        attributes = (("timeout", whole_ms("after", self.after)),)
        return plan((Toxic(self.target, "clients", "reset_peer", attributes),), positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        after = f" after {format_duration(self.after)}" if self.after else ""
        return f"connections to {self.target} reset{after}, {held(self.duration)}"
