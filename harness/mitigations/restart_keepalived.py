"""Restart keepalived: what an operator does when the pair looks wrong for an unknown reason."""

from typing import ClassVar

from harness.mitigations.mitigation import Mitigation, servers
from harness.model.ops import Plan, ServiceRestart, plan
from harness.model.signs import Signs
from harness.model.topology import Topology


class RestartKeepalived(Mitigation, frozen=True):
    """`node`: one balancer, or ``balancers``. A master sends priority 0, and the other takes over at once."""

    example: ClassVar[str] = "lb-ext-2"
    signs: ClassVar[Signs] = Signs(
        caches="entries follow each new owner, which announces itself",
        keepalived="STOP, BACKUP, and MASTER again if it is the preferred node",
        customers="two short gaps",
    )

    node: str

    def plan(self, topology: Topology) -> Plan:
        nodes = servers(topology, self.node, "balancers", ("balancer",))
        return plan(ServiceRestart(node, "keepalived") for node in nodes)

    def describe(self) -> str:
        return f"restart keepalived on {self.node}"
