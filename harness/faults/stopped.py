"""A service is stopped as planned (SIGTERM): keepalived gives its VIPs up and says so, HAProxy closes its sockets."""

from typing import ClassVar

from harness.faults.fault import Fault, held, positive, service_of
from harness.model.ops import Plan, ServiceDown, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class Stopped(Fault, frozen=True):
    """`target`: a node; `service`: one of its services, such as keepalived, haproxy, api or mariadb."""

    example: ClassVar[str] = "lb-ext-1 --service keepalived"
    signs: ClassVar[Signs] = Signs(
        caches="keepalived: entries follow the other node, which announces itself; any other service: nothing",
        keepalived="an advert with priority 0: the other node takes over after its skew, less than one advert_int",
        customers="keepalived: a short gap; HAProxy: connections are refused at once",
    )

    target: str
    service: str
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        return plan(
            [ServiceDown(self.target, service_of(topology, self.target, self.service))], positive(self.duration)
        )

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"{self.service} of {self.target} stopped {held(self.duration)}"
