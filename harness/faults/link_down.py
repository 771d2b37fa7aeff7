"""Carrier is lost: a pulled cable, a port shut, a rebooting switch. keepalived goes to FAULT at once."""

from typing import ClassVar

from harness.faults.fault import Fault, held, links_of, positive
from harness.model.ops import LinkDown, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class LinkDownFault(Fault, frozen=True):
    """`target`: a node (all its data ports), NODE.SEGMENT or a trunk: both of its ends lose carrier."""

    signs: ClassVar[Signs] = Signs(
        caches="entries stay until the other node announces itself",
        keepalived="FAULT at once; the other node hears no advert and becomes MASTER after 3 × advert_int + skew",
        customers="time-outs until the takeover; open connections hang",
    )

    target: str
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        return plan((LinkDown(port) for port in links_of(topology, self.target)), positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"link down {self.target} {held(self.duration)}"
