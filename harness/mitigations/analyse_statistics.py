"""Count the token table's statistics anew (ANALYZE TABLE). Each count that is not persistent errs one time in seven."""

from typing import ClassVar

from harness.mitigations.mitigation import Mitigation, servers
from harness.model.ops import Plan, SqlAnalyse, plan
from harness.model.signs import Signs
from harness.model.topology import Topology


class AnalyseStatistics(Mitigation, frozen=True):
    """`target`: ``databases`` (all) or one. `until_right`: repeated until the plan is right; else once."""

    signs: ClassVar[Signs] = Signs(
        caches="nothing: no ARP entry is touched",
        keepalived="nothing: VRRP does not notice",
        customers="served again if the count chooses the right index; else as before",
    )

    target: str = "databases"
    until_right: bool = False

    def plan(self, topology: Topology) -> Plan:
        nodes = servers(topology, self.target, "databases", ("database",))
        return plan(SqlAnalyse(node, self.until_right) for node in nodes)

    def describe(self) -> str:
        return f"count statistics anew on {self.target}{' until the plan is right' if self.until_right else ''}"
