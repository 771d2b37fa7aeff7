"""Send gratuitous ARP from the platform: it ended the outage of customers with their own layer 2 on June 13."""

from typing import ClassVar

from harness.mitigations.mitigation import Mitigation
from harness.model.ops import Announce as AnnounceOp
from harness.model.ops import Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology


class Announce(Mitigation, frozen=True):
    """`virtual_router`: whose VIPs the present owner announces; without it the one that customers ask."""

    signs: ClassVar[Signs] = Signs(
        caches="every cache that accepts gratuitous ARP leads to the owner at once",
        keepalived="nothing: VRRP does not notice",
        customers="those behind a stale entry are served again",
    )

    virtual_router: str | None = None

    def plan(self, topology: Topology) -> Plan:
        return plan([AnnounceOp(topology.virtual_router(self.virtual_router).name)])

    def describe(self) -> str:
        return f"gratuitous ARP for the VIP{f' of {self.virtual_router}' if self.virtual_router else ''}"
