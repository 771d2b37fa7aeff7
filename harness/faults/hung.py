"""A service hangs: its processes stop (SIGSTOP), its sockets stay open, and the kernel still accepts connections."""

from typing import ClassVar

from harness.faults.fault import Fault, held, positive, service_of
from harness.model.ops import Plan, Signal, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class Hung(Fault, frozen=True):
    """`target`: a node; `service`: one of its services, such as keepalived, haproxy, api or mariadb."""

    example: ClassVar[str] = "lb-ext-1 --service haproxy"
    signs: ClassVar[Signs] = Signs(
        caches="keepalived: entries follow the other node, which announces itself; any other service: nothing",
        keepalived=(
            "hung, it sends no adverts and keeps the VIP: two owners after 3 × advert_int + skew; of another "
            "service it notices what a track_script asks"
        ),
        customers="HAProxy: connections are accepted by the kernel and never answered; they wait for their timeout",
    )

    target: str
    service: str
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        return plan([Signal(self.target, service_of(topology, self.target, self.service))], positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"{self.service} of {self.target} hung {held(self.duration)}"
