"""A trunk is silent both ways, and one direction returns first: fibres that are plugged one after the other."""

from typing import ClassVar, Literal

from harness.faults.fault import Fault, crossings, positive
from harness.model.errors import BadValue, UnknownName
from harness.model.ops import Drop, Part, Plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import DAY, Duration, format_duration, ms, s

Way = Literal["a-to-b", "b-to-a"]


class OneDirectionFirst(Fault, frozen=True):
    """`target`: a trunk. `first` passes again after `duration`, the other direction `by` later."""

    example: ClassVar[str] = "trunk"
    signs: ClassVar[Signs] = Signs(
        caches="entries may follow announcements that pass one way, while the answers to requests do not",
        keepalived="the side that hears adverts again gives up the VIP; the other one never learns that it had a rival",
        customers="dark while either direction is cut; in a ring, until the ring has found another way",
    )

    target: str
    first: Way = "a-to-b"
    duration: Duration = 1 * s
    by: Duration = 500 * ms

    def plan(self, topology: Topology) -> Plan:
        """Raises `UnknownName` for what is no trunk, `BadValue` for a time that is not positive."""
        if self.target not in topology.trunks:
            raise UnknownName("trunk", self.target, topology.trunks)
        positive(self.duration)
        if not 0 < self.by <= DAY - self.duration:
            raise BadValue("by", self.by, "a positive number of nanoseconds, with the duration up to 24 hours")
        second: Way = "b-to-a" if self.first == "a-to-b" else "a-to-b"
        ends = ((self.first, self.duration), (second, self.duration + self.by))
        return Plan(
            tuple(
                Part(Drop(port, side), 0, end)
                for way, end in ends
                for port, side in crossings(topology, self.target, way)
            )
        )

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        late = format_duration(self.duration + self.by)
        return (
            f"{self.target} silent both ways; {self.first} for {format_duration(self.duration)}, the other for {late}"
        )
