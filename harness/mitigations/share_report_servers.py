"""Share report servers into the pool of API servers: each brings a pool of connections to the database of its own."""

from typing import ClassVar

from harness.mitigations.mitigation import Mitigation, balancers, servers
from harness.model.ops import Plan, ShareServer, plan
from harness.model.signs import Signs
from harness.model.topology import Topology


class ShareReportServers(Mitigation, frozen=True):
    """`target`: ``reports`` (all) or one. A reset takes it back.

    On all balancers of `virtual_router`; without it, of the router that customers ask.
    """

    signs: ClassVar[Signs] = Signs(
        caches="nothing: no ARP entry is touched",
        keepalived="nothing: VRRP does not notice",
        customers="more connections to the database, which answers each the more slowly",
    )

    target: str = "reports"
    virtual_router: str | None = None

    def plan(self, topology: Topology) -> Plan:
        reports = servers(topology, self.target, "reports", ("report",))
        nodes = balancers(topology, self.virtual_router)
        return plan(ShareServer(node, server) for node in nodes for server in reports)

    def describe(self) -> str:
        return f"share {self.target} into the pool{f' behind {self.virtual_router}' if self.virtual_router else ''}"
