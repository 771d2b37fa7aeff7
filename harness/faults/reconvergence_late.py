"""The alternate port of a ring opens late: a busy supervisor, a notice that was repeated instead of heard."""

from typing import ClassVar, Final

from harness.faults.fault import Fault, held, positive, ring_switch
from harness.model.errors import BadValue
from harness.model.ops import OpenLate, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration, format_duration, ms, s

RANGE: Final = (50 * ms, 60 * s)


class ReconvergenceLate(Fault, frozen=True):
    """`target`: the switch that has the alternate port. `by`: how long after the failure it waits, to 50 ms.

    Without a failure in the ring it has no effect: add one, such as `link_down`.
    """

    example: ClassVar[str] = "sw-a --by 2s"
    network: ClassVar[str] = "full"
    signs: ClassVar[Signs] = Signs(
        caches="entries stay; switches on the two sides of the failure do not reach each other until the port opens",
        keepalived="a backup beyond the failure hears no advert: MASTER after 3 × advert_int + skew",
        customers="those whose path crossed the failed link are dark until the port opens",
    )

    target: str
    by: Duration = 1 * s
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        if not RANGE[0] <= self.by <= RANGE[1]:
            raise BadValue("by", format_duration(self.by), "from 50ms to 60s")
        return plan([OpenLate(ring_switch(topology, self.target), self.by)], positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"{self.target} opens its alternate port {format_duration(self.by)} late, {held(self.duration)}"
