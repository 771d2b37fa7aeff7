"""Gratuitous ARP arrives and is not accepted: a static entry, ARP inspection, a defect in the device's software."""

from typing import ClassVar

from harness.faults.fault import Fault, held, positive
from harness.model.ops import PinNeighbour, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration
from harness.model.virtual_router import RouterVip


class ArpIgnored(Fault, frozen=True):
    """`target`: a cache (a node on the VIP's segment). Its entry of the VIP stays, whatever ARP it receives.

    `vip`: of `virtual_router`; without it the one that customers ask through this cache, else the first.
    """

    example: ClassVar[str] = "gw-2"
    signs: ClassVar[Signs] = Signs(
        caches="the target's entry is PERMANENT: neither gratuitous ARP nor an answer changes it",
        keepalived="nothing: VRRP does not notice",
        customers="served as long as the VIP stays; after a takeover those behind the target time out",
    )

    target: str
    virtual_router: str | None = None
    vip: str | None = None
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        vip = self._vip(topology)
        cache = topology.node(self.target).port(vip.segment).node
        return plan([PinNeighbour(cache, vip.address)], positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        whose = " ".join(filter(None, (self.virtual_router, self.vip)))
        return f"ARP{f' of {whose}' if whose else ''} ignored by {self.target} {held(self.duration)}"

    def _vip(self, topology: Topology) -> RouterVip:
        router = topology.virtual_router(self.virtual_router)
        if self.vip:
            return router.vip(self.vip)
        asked = (each.vip for each in topology.caches.values() if each.device == self.target and each.asked)
        return next((vip for vip in asked if vip.router == router), router.first)
