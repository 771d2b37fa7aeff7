"""Send gratuitous ARPs from the platform: what cured customers with their own layer 2 on June 13."""

from harness.mitigations.mitigation import Mitigation
from harness.model.ops import Announce as AnnounceOp
from harness.model.ops import Plan, plan
from harness.model.topology import Topology


class Announce(Mitigation, frozen=True):
    """`pair`: whose VIP the present owner announces."""

    pair: str = "external"

    def plan(self, topology: Topology) -> Plan:
        topology.pair(self.pair)
        return plan([AnnounceOp(self.pair)])

    def describe(self) -> str:
        return f"gratuitous ARP for the VIP of {self.pair}"
