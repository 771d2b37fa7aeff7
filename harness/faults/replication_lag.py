"""A replica lags behind its primary: a long transaction, a slow disk. What was just written is not there yet."""

from typing import ClassVar

from harness.faults.fault import Fault, held, of_kind, positive
from harness.model.errors import BadValue
from harness.model.ops import Plan, SqlDelayed, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration, format_duration, s


class ReplicationLag(Fault, frozen=True):
    """`target`: a database that replicates from another one. It applies each change `lag` later, in whole seconds."""

    example: ClassVar[str] = "db-2 --lag 30s"
    signs: ClassVar[Signs] = Signs(
        caches="nothing",
        keepalived="nothing",
        customers="old data from that database; a token that was just made is refused there",
    )

    target: str
    lag: Duration
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        """Raises `BadValue` for a lag that a replica cannot have."""
        if self.lag % s or not s <= self.lag <= 3600 * s:
            raise BadValue("lag", format_duration(self.lag), "whole seconds, from 1 s to 1 hour")
        node = of_kind(topology, self.target, "database").name
        return plan([SqlDelayed(node, self.lag // s)], positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"replication to {self.target} late by {format_duration(self.lag)} {held(self.duration)}"
