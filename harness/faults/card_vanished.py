"""A network card vanishes, and returns: a driver that resets, a virtual card that is unplugged."""

from typing import ClassVar

from harness.faults.fault import Fault, held, ports_of, positive
from harness.model.ops import CardGone, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class CardVanished(Fault, frozen=True):
    """`target`: NODE.SEGMENT, or a node (all its data ports). Addresses and routes go and return with it.

    The VIP is not among them: keepalived adds it again, or does not.
    """

    example: ClassVar[str] = "lb-ext-1.external"
    signs: ClassVar[Signs] = Signs(
        caches="entries follow the other node, which announces itself",
        keepalived="the interface is deleted, and FAULT; when it is back, keepalived must find it again",
        customers="a gap as long as a takeover; a longer one if keepalived does not find the card again",
    )

    target: str
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        return plan((CardGone(port) for port in ports_of(topology, self.target)), positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"{self.target} without its card {held(self.duration)}"
