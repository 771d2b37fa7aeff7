"""Frames are dropped without notice: carrier stays up. A dead switch path, a firmware patch, an MLAG failure."""

from typing import ClassVar

from harness.faults.fault import Direction, Fault, crossings, held, positive
from harness.model.ops import Drop, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class Blackhole(Fault, frozen=True):
    """`target`: a node (all its data ports), NODE.SEGMENT or a trunk; `direction`: of the node, or along the trunk."""

    signs: ClassVar[Signs] = Signs(
        caches="entries stay: no frame arrives that could change them",
        keepalived=(
            "no FAULT, since carrier stays; a backup that hears no advert becomes MASTER after 3 × advert_int + skew"
        ),
        customers="time-outs of those whose path is cut; open connections hang",
    )

    target: str
    direction: Direction = "both"
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        points = crossings(topology, self.target, self.direction)
        return plan((Drop(port, side) for port, side in points), positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"blackhole {self.target} {self.direction} {held(self.duration)}"
