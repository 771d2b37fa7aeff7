"""A share of the frames arrives with a wrong bit, at random: bad memory in a switch, behind the check of the cable."""

from typing import ClassVar

from harness.faults.fault import Direction, Fault, crossings, held, percentage, positive
from harness.model.ops import Corrupt, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class CorruptFault(Fault, frozen=True):
    """`target`: a node (all its data ports), NODE.SEGMENT or a trunk; `direction`: of the node, or along the trunk.

    `percent`: the probability with which each frame is changed, in each direction on its own; two decimals count. The
    bit is one of the IPv4 header, or in ARP of the sender's MAC. The kernel of the receiver discards what has a wrong
    header (br_netfilter does so already in the next switch). A payload is left alone: on virtual cables TCP's checksum
    is not computed, so that wrong data would reach the application.
    """

    example: ClassVar[str] = "lb-ext-1 --percent 20"
    signs: ClassVar[Signs] = Signs(
        caches="ARP has no checksum: an entry may lead to a MAC that no device has, until the next ARP",
        keepalived="as if adverts were lost: the kernel discards them, and counts InHdrErrors in /proc/net/snmp",
        customers="as if frames were lost; time-outs of those behind a wrong entry",
    )

    target: str
    percent: float
    direction: Direction = "both"
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        points, percent = crossings(topology, self.target, self.direction), percentage(self.percent)
        return plan((Corrupt(port, side, percent) for port, side in points), positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"{self.percent:g} % of frames corrupt at {self.target} {self.direction} {held(self.duration)}"
