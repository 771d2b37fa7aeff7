"""A node loses its power: carrier is lost, every process ends without a word, and its kernel forgets all it knew.

When the power is back, the services start as at a boot.
"""

from typing import ClassVar, Final

from harness.faults.fault import Fault, held, ports_of, positive
from harness.model.errors import BadValue
from harness.model.ops import ForgetKernel, LinkDown, Part, Plan, ServiceKilled, plan
from harness.model.services import SERVICES
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration, format_duration, ms, s

KILLED_NS: Final = 20 * ms
"""After carrier is lost: the kernel lives on and closes the sockets of killed processes; no FIN must leave the node."""
FORGOTTEN_NS: Final = (200 * ms, 2 * s)
"""After that, and once more: on a busy machine a process may live for so long, and adds its addresses again. Without
carrier no other node sees them.
"""


class PowerCut(Fault, frozen=True):
    """`target`: a node."""

    example: ClassVar[str] = "lb-ext-1"
    signs: ClassVar[Signs] = Signs(
        caches="entries stay until the other node announces itself",
        keepalived=(
            "ends without a word; the other node becomes MASTER after 3 × advert_int + skew; at the return it "
            "starts as BACKUP"
        ),
        customers="time-outs until the takeover; open connections hang, since no RST comes",
    )

    target: str
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        """Raises `BadValue` for a customer: its load would end too, and nothing could be measured."""
        node = topology.node(self.target)
        if node.kind == "customer":
            raise BadValue("target", self.target, "a node that is no customer: its load would end")
        least = 2 * FORGOTTEN_NS[0]
        if self.duration is not None and self.duration <= least:
            raise BadValue("duration", format_duration(self.duration), f"more than {format_duration(least)}")
        cables = plan(map(LinkDown, ports_of(topology, self.target)), positive(self.duration))
        killed = [Part(ServiceKilled(node.name), KILLED_NS, self.duration)] if node.kind in SERVICES else []
        times = (begin for begin in FORGOTTEN_NS if self.duration is None or begin < self.duration)
        return cables & Plan((*killed, *(Part(ForgetKernel(node.name), begin) for begin in times)))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"power cut of {self.target} {held(self.duration)}"
