"""A service is killed (SIGKILL): out of memory, a crash. What it made in the kernel, such as the VIP, is left there."""

from typing import ClassVar, Literal

from harness.faults.fault import Fault, held, positive, service_of
from harness.model.errors import BadValue
from harness.model.ops import Plan, ServiceKill, ServiceKilled, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration

Restart = Literal["after", "at-once"]


class Killed(Fault, frozen=True):
    """`target`: a node; `service`: one of its services, such as keepalived, haproxy, api or mariadb.

    `restart`: ``after`` the duration (or the undo), or ``at-once`` by its supervisor.
    """

    example: ClassVar[str] = "lb-ext-1 --service keepalived"
    signs: ClassVar[Signs] = Signs(
        caches="keepalived: entries follow the other node, which announces itself; any other service: nothing",
        keepalived="no advert with priority 0, and the VIP stays in the kernel: two owners after 3 × advert_int + skew",
        customers="HAProxy: connections are refused at once; open ones end with RST",
    )

    target: str
    service: str
    restart: Restart = "after"
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        service = service_of(topology, self.target, self.service)
        if self.restart == "after":
            return plan([ServiceKilled(self.target, service)], positive(self.duration))
        if self.duration is not None:
            raise BadValue("duration", self.duration, "none with restart at-once: the supervisor starts the service")
        return plan([ServiceKill(self.target, service)])

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        how = held(self.duration) if self.restart == "after" else "and started again at once"
        return f"{self.service} of {self.target} killed {how}"
