"""Allow more sessions: July 22's 2,000 → 12,000. Live up to what HAProxy was started for, beyond that by a reload."""

from typing import ClassVar, Final

from harness.mitigations.mitigation import Mitigation, balancers
from harness.model.errors import BadValue
from harness.model.ops import Plan, plan
from harness.model.ops import SessionLimit as SessionLimitOp
from harness.model.signs import Signs
from harness.model.topology import Topology

MOST: Final = 1_000_000


class SessionLimit(Mitigation, frozen=True):
    """Of every frontend; `target`: ``balancers`` (all), a virtual router, or one balancer; without it the
    router that customers ask. A reset takes it back.

    ``set maxconn global`` cannot exceed the value at start (HAProxy's management guide, 9.3). `SessionLimitSet`
    says which way was taken; a reload's old process goes on with its sessions for ``hard-stop-after``.
    """

    example: ClassVar[str] = "12000"
    signs: ClassVar[Signs] = Signs(
        caches="nothing: no ARP entry is touched",
        keepalived="nothing: VRRP does not notice",
        customers="those who waited get sessions, until these are used up too",
    )

    limit: int
    target: str | None = None

    def plan(self, topology: Topology) -> Plan:
        if not 1 <= self.limit <= MOST:
            raise BadValue("limit", self.limit, f"a whole number of sessions from 1 to {MOST:,}")
        return plan(SessionLimitOp(node, self.limit) for node in balancers(topology, self.target))

    def describe(self) -> str:
        return f"allow {self.limit:,} sessions on {self.target or 'the balancers that customers ask'}"
