"""Share report servers into the pool of API servers: each brings a pool of connections to the database of its own."""

from harness.mitigations.mitigation import Mitigation, balancers, servers
from harness.model.ops import Plan, ShareServer, plan
from harness.model.topology import Topology


class ShareReportServers(Mitigation, frozen=True):
    """`target`: ``reports`` (all) or one. On both balancers of the pair that customers use; a reset takes it back."""

    target: str = "reports"
    pair: str = "external"

    def plan(self, topology: Topology) -> Plan:
        reports = servers(topology, self.target, "reports", ("report",))
        return plan(ShareServer(node, server) for node in balancers(topology, self.pair) for server in reports)

    def describe(self) -> str:
        return f"share {self.target} into the pool behind {self.pair}"
