"""A port is slow: its rate is limited, and frames wait in a queue. A card that negotiated 10 Mbit/s, a full uplink."""

from typing import ClassVar

from harness.faults.fault import Direction, Fault, crossings, held, positive
from harness.model import rates
from harness.model.ops import LimitRate, Plan, plan
from harness.model.rates import BitRate
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class Rate(Fault, frozen=True):
    """`target`: a node (all its data ports), NODE.SEGMENT or a trunk; `direction`: of the node, or along the trunk.

    `limit`: of each direction of each port, on its own: ``2Mbit``. Frames wait up to 0.1 s for their turn; those that
    would wait for longer are dropped. Adverts and ARP wait with all others.
    """

    example: ClassVar[str] = "lb-ext-1 --limit 2Mbit"
    signs: ClassVar[Signs] = Signs(
        caches="entries stay; under load an announcement is late or lost",
        keepalived="nothing without load; under load adverts are late or lost, and the backup may become MASTER",
        customers="large responses are slow; under load all are, by up to 0.1 s in each direction, and some time out",
    )

    target: str
    limit: BitRate
    direction: Direction = "both"
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        points, limit = crossings(topology, self.target, self.direction), rates.within("limit", self.limit)
        return plan((LimitRate(port, side, limit) for port, side in points), positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"{self.target} {self.direction} limited to {rates.format_rate(self.limit)} {held(self.duration)}"
