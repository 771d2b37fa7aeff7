"""Count the token table's statistics anew (ANALYZE TABLE). Transient ones are a draw: one count in seven is wrong."""

from harness.mitigations.mitigation import Mitigation, servers
from harness.model.ops import Plan, SqlAnalyse, plan
from harness.model.topology import Topology


class AnalyseStatistics(Mitigation, frozen=True):
    """`target`: ``databases`` (all) or one."""

    target: str = "databases"

    def plan(self, topology: Topology) -> Plan:
        return plan(SqlAnalyse(node) for node in servers(topology, self.target, "databases", ("database",)))

    def describe(self) -> str:
        return f"count statistics anew on {self.target}"
