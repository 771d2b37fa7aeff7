"""Adverts are lost and everything else arrives: a firewall, IGMP snooping, a filter for protocol 112 or its group."""

from typing import ClassVar

from harness.faults.fault import Direction, Fault, crossings, held, positive
from harness.model.ops import DropVrrp, Plan, plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration


class VrrpLost(Fault, frozen=True):
    """`target`: a node (all its data ports), NODE.SEGMENT or a trunk; `direction`: of the node, or along the trunk.

    `multicast`: only adverts to the multicast group are lost; those to a unicast_peer arrive.
    """

    signs: ClassVar[Signs] = Signs(
        caches="entries follow whichever node announced itself last",
        keepalived=(
            "a backup that hears no advert becomes MASTER although the master serves: two owners until adverts "
            "pass again"
        ),
        customers="served, by either node; open connections break when an entry changes",
    )

    target: str
    direction: Direction = "both"
    multicast: bool = False
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        points = crossings(topology, self.target, self.direction)
        ops = (DropVrrp(port, side, self.multicast) for port, side in points)
        return plan(ops, positive(self.duration))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        what = "multicast VRRP" if self.multicast else "VRRP"
        return f"{what} lost at {self.target} {self.direction} {held(self.duration)}"
