"""The way to a database grows long: every answer is late by the same time, whatever it costs the server."""

from harness.faults.fault import Fault, held, positive
from harness.model.errors import BadValue
from harness.model.ops import Plan, Toxic, plan
from harness.model.topology import Topology
from harness.model.units import format_duration, ms


class SlowLink(Fault, frozen=True):
    """`target`: a database; `latency` and `jitter` in ns, whole milliseconds, of each answer (Toxiproxy)."""

    target: str
    latency: int
    jitter: int = 0
    duration: int | None = None

    def plan(self, topology: Topology) -> Plan:
        if topology.node(self.target).kind != "database":
            raise BadValue("target", self.target, "a database")
        if self.latency < ms or not 0 <= self.jitter <= self.latency:
            raise BadValue("latency", self.latency, "at least 1 ms, and at least the jitter")
        attributes = (("latency", self.latency // ms), ("jitter", self.jitter // ms))
        return plan((Toxic(self.target, "clients", "latency", attributes),), positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"slow link to {self.target}, {format_duration(self.latency)} more, {held(self.duration)}"
