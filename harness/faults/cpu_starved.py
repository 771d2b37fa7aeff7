"""A node has too little processor time: a busy neighbour, a backup, a process that spins. Its services go on, late."""

from typing import ClassVar, Final

from harness.faults.fault import Fault, held, positive
from harness.model.errors import BadValue
from harness.model.ops import CpuStarved, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration, format_duration, s

LONGEST: Final = 600 * s


class CpuShort(Fault, frozen=True):
    """`target`: a node. `processes` of a service of its own use all the processor time that they get, for 10 min.

    Its supervisor needs some seconds to start it: by so much the fault begins late. On a machine with few processors it
    slows the whole machine.
    """

    example: ClassVar[str] = "lb-ext-1 --processes 8"
    signs: ClassVar[Signs] = Signs(
        caches="nothing; entries change if adverts come too late",
        keepalived="late adverts; the backup may take over, and give back",
        customers="slow answers",
    )

    target: str
    processes: int = 4
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        """Raises `BadValue` for too many processes or too long a time."""
        if not 1 <= self.processes <= 64:
            raise BadValue("processes", self.processes, "from 1 to 64")
        end = positive(self.duration)
        if end is not None and end > LONGEST:
            raise BadValue("duration", format_duration(end), "10 min at most")
        return plan([CpuStarved(topology.node(self.target).name, self.processes, (end or LONGEST) // s + 10)], end)

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"{self.target} short of processor time by {self.processes} processes {held(self.duration)}"
