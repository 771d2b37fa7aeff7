"""A service has used up its open files: a leak, a limit that was forgotten. It runs, and accepts no connection more."""

from typing import ClassVar

from harness.faults.fault import Fault, held, positive, service_of
from harness.model.ops import FilesLimited, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class OpenFiles(Fault, frozen=True):
    """`target`: a node; `service`: one of its services. Each of its processes gets its present number as its limit.

    What it closes it can open again. A process that starts meanwhile has the usual limit.
    """

    example: ClassVar[str] = "lb-ext-1 --service haproxy"
    signs: ClassVar[Signs] = Signs(
        caches="nothing",
        keepalived="a check that only looks for a process succeeds; one that needs a connection fails",
        customers="new connections wait in the kernel's queue until they time out; open ones go on",
    )

    target: str
    service: str
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        return plan(
            [FilesLimited(self.target, service_of(topology, self.target, self.service))], positive(self.duration)
        )

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"{self.service} of {self.target} without open files to spare {held(self.duration)}"
