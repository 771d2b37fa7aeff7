"""A second device has the VIP and answers ARP for it: a forgotten static address, a clone of a machine."""

from typing import ClassVar

from harness.faults.fault import Fault, held, positive
from harness.model.errors import BadValue
from harness.model.ops import AddressTaken, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class AddressTakenFault(Fault, frozen=True):
    """`target`: a node on the VIP's segment that is none of its virtual router.

    `virtual_router`: without it the one that customers ask; its first VIP, or `vip`.
    """

    example: ClassVar[str] = "customer-3"
    signs: ClassVar[Signs] = Signs(
        caches="a cache that asks gets two answers, and Linux keeps the first; entries that are there already stay",
        keepalived="nothing: VRRP uses no ARP",
        customers="those whose cache leads to the second device are refused, as it has no HAProxy",
    )

    target: str
    virtual_router: str | None = None
    vip: str | None = None
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        """Raises `BadValue` for a node of the router itself, or one that is not on the segment of the VIP."""
        router, node = topology.virtual_router(self.virtual_router), topology.node(self.target)
        vip = router.vip(self.vip) if self.vip else router.first
        if node.name in router.nodes or vip.segment not in (port.segment for port in node.ports):
            raise BadValue("target", self.target, f"a node on the segment {vip.segment} outside {router.name}")
        return plan([AddressTaken(node.name, vip.address, vip.segment)], positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        whose = " ".join(filter(None, (self.virtual_router, self.vip)))
        return f"VIP{f' of {whose}' if whose else ''} taken by {self.target} {held(self.duration)}"
