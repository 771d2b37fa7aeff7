"""Have keepalived read its files anew (SIGHUP): a changed configuration gets into force. It should cost no request."""

from typing import ClassVar

from harness.mitigations.mitigation import Mitigation, servers
from harness.model.ops import Plan, ServiceReload, plan
from harness.model.signs import Signs
from harness.model.topology import Topology


class ReloadKeepalived(Mitigation, frozen=True):
    """`node`: one balancer, or ``balancers``."""

    example: ClassVar[str] = "lb-ext-2"
    signs: ClassVar[Signs] = Signs(
        caches="nothing: no ARP entry is touched",
        keepalived="it reads its files anew; an unchanged instance keeps its state",
        customers="nothing",
    )

    node: str

    def plan(self, topology: Topology) -> Plan:
        nodes = servers(topology, self.node, "balancers", ("balancer",))
        return plan(ServiceReload(node, "keepalived") for node in nodes)

    def describe(self) -> str:
        return f"reload keepalived on {self.node}"
