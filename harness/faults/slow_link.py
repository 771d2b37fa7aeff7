"""The link to a database becomes slow: every answer is late by the same time, whatever it costs the server."""

from typing import ClassVar

from harness.faults.fault import Fault, held, of_kind, positive
from harness.model.errors import BadValue
from harness.model.ops import Plan, Toxic, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import DAY, Duration, DurationOrZero, format_duration, ms


class SlowLink(Fault, frozen=True):
    """`target`: a database; `latency` and `jitter` of each answer, in whole milliseconds (Toxiproxy's unit)."""

    example: ClassVar[str] = "db-1 --latency 500ms"
    signs: ClassVar[Signs] = Signs(
        caches="nothing: no ARP entry is touched",
        keepalived="nothing: VRRP does not notice",
        customers="each request is late by the latency, times the queries that it needs",
    )

    target: str
    latency: Duration
    jitter: DurationOrZero = 0
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        of_kind(topology, self.target, "database")
        if not ms <= self.latency <= DAY or self.latency % ms:
            raise BadValue("latency", format_duration(self.latency), "whole milliseconds, from 1ms to 24 hours")
        if self.jitter % ms or not 0 <= self.jitter <= self.latency:
            raise BadValue("jitter", format_duration(self.jitter), "a whole number of milliseconds, up to the latency")
        attributes = (("latency", self.latency // ms), ("jitter", self.jitter // ms))
        return plan((Toxic(self.target, "clients", "latency", attributes),), positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"slow link to {self.target}, {format_duration(self.latency)} more, {held(self.duration)}"
