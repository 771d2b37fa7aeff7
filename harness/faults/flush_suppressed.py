"""A switch of a ring keeps what it has learnt when the way around the ring changes: a lost topology change notice."""

from typing import ClassVar

from harness.faults.fault import Fault, held, positive, ring_switch
from harness.model.ops import IgnoreChanges, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class FlushSuppressed(Fault, frozen=True):
    """`target`: a switch of a ring. Without a change of the ring it has no effect: add one, such as `link_down`."""

    example: ClassVar[str] = "sw-c"
    network: ClassVar[str] = "full"
    signs: ClassVar[Signs] = Signs(
        caches="ARP entries are right; the switch's forwarding table leads back to where the link has failed",
        keepalived="nothing: adverts are multicast, which a switch floods; unicast peers may lose each other",
        customers="those whose frames cross the switch are dark until the node speaks there, or its entry ages (300 s)",
    )

    target: str
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        return plan([IgnoreChanges(ring_switch(topology, self.target))], positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"{self.target} keeps its forwarding table when the ring changes, {held(self.duration)}"
