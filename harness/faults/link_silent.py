"""The link to a database goes silent: no data arrive, connections stay open. A stateful firewall that forgot them."""

from typing import ClassVar

from harness.faults.fault import Fault, held, of_kind, positive
from harness.model.ops import Plan, Toxic, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration, DurationOrZero, format_duration, whole_ms


class LinkSilent(Fault, frozen=True):
    """`target`: a database. `close`: each connection is closed after so long; zero: none is, until the undo."""

    example: ClassVar[str] = "db-1"
    signs: ClassVar[Signs] = Signs(
        caches="nothing: no ARP entry is touched",
        keepalived="nothing: VRRP does not notice",
        customers="requests hang until the API gives its query up; HAProxy's sessions pile up",
    )

    target: str
    close: DurationOrZero = 0
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        of_kind(topology, self.target, "database")
        attributes = (("timeout", whole_ms("close", self.close)),)
        return plan((Toxic(self.target, "clients", "timeout", attributes),), positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        close = f", closed after {format_duration(self.close)}" if self.close else ""
        return f"silent link to {self.target}{close}, {held(self.duration)}"
