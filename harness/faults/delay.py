"""Frames are late: a long way, a satellite, a switch that processes them by hand. TCP, ARP and adverts alike."""

from typing import ClassVar

from harness.faults.fault import Direction, Fault, crossings, held, positive
from harness.model.errors import BadValue
from harness.model.ops import Delay, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration, DurationOrZero, format_duration, ms, s


class DelayFault(Fault, frozen=True):
    """`target`: a node (all its data ports), NODE.SEGMENT or a trunk; `direction`: of the node, or along the trunk.

    `latency`: of each direction, on its own; plus or minus up to `jitter`, at random. Frames keep their order. A
    process delays them: if it dies, they pass.
    """

    example: ClassVar[str] = "lb-ext-1 --latency 500ms"
    signs: ClassVar[Signs] = Signs(
        caches="entries stay, and change later",
        keepalived="nothing: adverts come as often as before; with a jitter near master-down the backup may take over",
        customers="each answer is late by the latency, for each direction and each round trip that it needs",
    )

    target: str
    latency: Duration
    jitter: DurationOrZero = 0
    direction: Direction = "both"
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        """Raises `BadValue` for a latency that a process cannot keep."""
        points = crossings(topology, self.target, self.direction)
        if not ms <= self.latency <= 10 * s:
            raise BadValue("latency", format_duration(self.latency), "from 1 ms to 10 s")
        if not 0 <= self.jitter <= self.latency:
            raise BadValue("jitter", format_duration(self.jitter), "from 0 ms up to the latency")
        ops = (Delay(port, side, self.latency, self.jitter) for port, side in points)
        return plan(ops, positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        jitter = f" ± {format_duration(self.jitter)}" if self.jitter else ""
        return f"{self.target} {self.direction} late by {format_duration(self.latency)}{jitter} {held(self.duration)}"
