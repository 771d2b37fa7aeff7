"""Kill token authentications that have run too long: it frees connections, and the next queries are as slow."""

from typing import ClassVar

from harness.mitigations.mitigation import Mitigation, servers
from harness.model.errors import BadValue
from harness.model.ops import Plan, SqlKill, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import DAY, DurationOrZero, format_duration, ms


class KillStuckQueries(Mitigation, frozen=True):
    """`target`: ``databases`` (all) or one; `older_than`: how long a query must have run."""

    signs: ClassVar[Signs] = Signs(
        caches="nothing: no ARP entry is touched",
        keepalived="nothing: VRRP does not notice",
        customers="connections of the pools are free at once, and busy again if the plan is still wrong",
    )

    target: str = "databases"
    older_than: DurationOrZero = 50 * ms

    def plan(self, topology: Topology) -> Plan:
        if not 0 <= self.older_than <= DAY:
            raise BadValue("older_than", self.older_than, "a duration of zero or more, up to 24 hours")
        nodes = servers(topology, self.target, "databases", ("database",))
        return plan(SqlKill(node, self.older_than) for node in nodes)

    def describe(self) -> str:
        return f"kill queries older than {format_duration(self.older_than)} on {self.target}"
