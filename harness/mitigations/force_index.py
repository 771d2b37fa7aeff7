"""Token authentication names its index (FORCE INDEX): the repair after July 22. The optimizer can then not err."""

from typing import ClassVar

from harness.mitigations.mitigation import Mitigation, servers
from harness.model.ops import FeatureSet, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology


class ForceIndex(Mitigation, frozen=True):
    """On every API and report server, or one; with `enabled` off, taken back. In force from the next statement on."""

    signs: ClassVar[Signs] = Signs(
        caches="nothing: no ARP entry is touched",
        keepalived="nothing: VRRP does not notice",
        customers="new requests are quick; queries that have begun read on until they end",
    )

    target: str = "servers"
    enabled: bool = True

    def plan(self, topology: Topology) -> Plan:
        nodes = servers(topology, self.target, "servers", ("api", "report"))
        return plan(FeatureSet(node, "force_index", self.enabled) for node in nodes)

    def describe(self) -> str:
        return f"{'force' if self.enabled else 'stop forcing'} the index on {self.target}"
