"""A small file system in memory is full: logs, sockets and state of a node's programs find no room."""

from typing import ClassVar

from harness.faults.fault import Fault, held, of_kind, positive
from harness.model.errors import BadValue
from harness.model.ops import FolderFilled, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class TmpfsFull(Fault, frozen=True):
    """`target`: a balancer. `path`: a tmpfs of at most 64 MiB. No disk of the engine is filled."""

    example: ClassVar[str] = "lb-ext-1"
    signs: ClassVar[Signs] = Signs(
        caches="nothing",
        keepalived="it goes on; what a script writes is lost, and a start without room for its pid file may fail",
        customers="nothing; a reload of HAProxy may fail",
    )

    target: str
    path: str = "/run"
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        if not self.path.startswith("/"):
            raise BadValue("path", self.path, "an absolute path")
        return plan([FolderFilled(of_kind(topology, self.target, "balancer").name, self.path)], positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"{self.path} of {self.target} full {held(self.duration)}"
