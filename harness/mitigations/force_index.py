"""Token authentication names its index (FORCE INDEX): the repair after July 22. The optimizer can then not err."""

from harness.mitigations.mitigation import Mitigation, servers
from harness.model.ops import FeatureSet, Plan, plan
from harness.model.topology import Topology


class ForceIndex(Mitigation, frozen=True):
    """On every API and report server, or one; with `enabled` off, taken back. In force from the next statement on."""

    target: str = "servers"
    enabled: bool = True

    def plan(self, topology: Topology) -> Plan:
        nodes = servers(topology, self.target, "servers", ("api", "report"))
        return plan(FeatureSet(node, "force_index", self.enabled) for node in nodes)

    def describe(self) -> str:
        return f"{'force' if self.enabled else 'stop forcing'} the index on {self.target}"
