"""A share of the frames is lost, at random: a bad cable, a dirty optic, a duplex mismatch, a buffer that overflows."""

from typing import ClassVar

from harness.faults.fault import Direction, Fault, crossings, held, percentage, positive
from harness.model.ops import Lose, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class Loss(Fault, frozen=True):
    """`target`: a node (all its data ports), NODE.SEGMENT or a trunk; `direction`: of the node, or along the trunk.

    `percent`: the probability with which each frame is lost, in each direction on its own; two decimals count. The
    kernel hands TCP's data over in pieces of up to 64 kB: such a piece is lost as one.
    """

    example: ClassVar[str] = "lb-ext-1 --percent 20"
    signs: ClassVar[Signs] = Signs(
        caches="entries stay, but an announcement or an answer may be lost",
        keepalived=(
            "nothing, unless all adverts of a master-down are lost (some three in a row): then the backup is MASTER "
            "until it hears one"
        ),
        customers="TCP sends again, so that requests are late (200 ms and more), and some time out",
    )

    target: str
    percent: float
    direction: Direction = "both"
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        points, percent = crossings(topology, self.target, self.direction), percentage(self.percent)
        return plan((Lose(port, side, percent) for port, side in points), positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"{self.percent:g} % of frames lost at {self.target} {self.direction} {held(self.duration)}"
