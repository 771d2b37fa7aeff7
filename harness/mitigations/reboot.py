"""Reboot balancers: sessions, the kernel's queue, and what was set by hand are gone. July 22's first repair."""

from harness.mitigations.mitigation import Mitigation, balancers
from harness.model.ops import Plan, plan
from harness.model.ops import Reboot as RebootOp
from harness.model.topology import Topology


class Reboot(Mitigation, frozen=True):
    """`target`: ``balancers`` (all), a pair, or one. One after the other, the standbys of all pairs first.

    Every service of a node ends and is started anew; keepalived says farewell, as in an orderly shutdown.
    """

    target: str = "balancers"

    def plan(self, topology: Topology) -> Plan:
        rank = {node: pair.nodes.index(node) for pair in topology.pairs.values() for node in pair.nodes}
        nodes = sorted(balancers(topology, self.target), key=lambda node: -rank[node])
        return plan(RebootOp(node) for node in nodes)

    def describe(self) -> str:
        return f"reboot {self.target}"
