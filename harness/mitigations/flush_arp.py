"""Log in to network devices and rebuild their ARP caches: the first mitigation of June 13."""

from typing import ClassVar

from harness.mitigations.mitigation import Mitigation
from harness.model.errors import UnknownName
from harness.model.ops import FlushNeighbours, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology


class FlushArp(Mitigation, frozen=True):
    """`target`: ``gateways`` (every network device that an operator can log in to) or one node."""

    signs: ClassVar[Signs] = Signs(
        caches="the target's entries are gone; each is learnt anew at the next packet",
        keepalived="nothing: VRRP does not notice",
        customers="those behind the target are served again; others with a stale entry are not",
    )

    target: str = "gateways"

    def plan(self, topology: Topology) -> Plan:
        return plan(FlushNeighbours(node) for node in self._nodes(topology))

    def describe(self) -> str:
        return f"flush ARP caches of {self.target}"

    def _nodes(self, topology: Topology) -> list[str]:
        if self.target == "gateways":
            return [node.name for node in topology.nodes.values() if node.kind == "gateway"]
        if self.target not in topology.nodes:
            raise UnknownName("node", self.target, ["gateways", *topology.nodes])
        return [self.target]
