"""Reboot balancers: sessions, the kernel's queue, and what was set by hand are gone. July 22's first repair."""

from typing import ClassVar

from harness.mitigations.mitigation import Mitigation, balancers
from harness.model.ops import Plan, plan
from harness.model.ops import Reboot as RebootOp
from harness.model.signs import Signs
from harness.model.topology import Topology


class Reboot(Mitigation, frozen=True):
    """`target`: ``balancers`` (all), a virtual router, or one. One after the other, the last of compose.yaml first.

    Every service of a node ends and is started anew; keepalived sends priority 0, as in an orderly shutdown.
    """

    signs: ClassVar[Signs] = Signs(
        caches="entries follow the other node, if the rebooted one was the owner",
        keepalived="an end with priority 0, and a start as BACKUP",
        customers="sessions end with RST, or hang until their timeout",
    )

    target: str = "balancers"

    def plan(self, topology: Topology) -> Plan:
        rank = {node: router.nodes.index(node) for router in topology.virtual_routers.values() for node in router.nodes}
        nodes = sorted(balancers(topology, self.target), key=lambda node: -rank[node])
        return plan(RebootOp(node) for node in nodes)

    def describe(self) -> str:
        return f"reboot {self.target}"
