"""The link to a database is narrow: large results take long, small ones do not. A shared uplink, a backup that runs."""

from typing import ClassVar

from harness.faults.fault import Fault, held, of_kind, positive
from harness.model.errors import BadValue
from harness.model.ops import Plan, Toxic, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class NarrowLink(Fault, frozen=True):
    """`target`: a database. `rate`: of its answers, in kilobytes a second for each connection (Toxiproxy's unit)."""

    example: ClassVar[str] = "db-1 --rate 10"
    signs: ClassVar[Signs] = Signs(
        caches="nothing: no ARP entry is touched",
        keepalived="nothing: VRRP does not notice",
        customers="requests with large results are slow, all others as before",
    )

    target: str
    rate: int
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        of_kind(topology, self.target, "database")
        if not 1 <= self.rate <= 10_000_000:
            raise BadValue("rate", self.rate, "a whole number of kilobytes a second from 1 to 10,000,000")
        return plan((Toxic(self.target, "clients", "bandwidth", (("rate", self.rate),)),), positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"link to {self.target} with {self.rate} kB/s, {held(self.duration)}"
