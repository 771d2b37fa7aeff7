"""Multicast is lost again and again, unicast arrives: switches that snoop IGMP, on a segment without a querier.

A switch forgets the group 224.0.0.18 when no querier asks for its members, and learns it again with the next report.
Users saw adverts lost every 5:02 minutes (keepalived #1686, #2256), and for 3 to 10 seconds (fredbcode/Vrrpd #17).
"""

from typing import ClassVar, Final

from harness.faults.fault import Direction, Fault, crossings
from harness.model.errors import BadValue
from harness.model.ops import DropVrrp, Part, Plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration, format_duration, positive_time, s

MOST: Final = 1_000  # times in one plan


class QuerierGone(Fault, frozen=True):
    """`target`: a node (all its data ports), NODE.SEGMENT or a trunk; `direction`: of the node, or along the trunk.

    Adverts to the multicast group are lost for `lost`, and arrive for `heard`; that happens again and again until
    `duration`. Adverts to a unicast_peer arrive all the time.
    """

    example: ClassVar[str] = "lb-ext-2.external"
    signs: ClassVar[Signs] = Signs(
        caches="entries follow whichever node announced itself last",
        keepalived=(
            "the backup becomes MASTER if it hears nothing for 3 × advert_int + skew, and BACKUP at the next advert of "
            "a higher priority: two owners meanwhile, again and again; with unicast_peer on both nodes nothing happens"
        ),
        customers="served, by either node; time-outs behind an entry that leads to the node that gave up",
    )

    target: str
    direction: Direction = "both"
    lost: Duration = 2 * s
    heard: Duration = 8 * s
    duration: Duration = 30 * s

    def plan(self, topology: Topology) -> Plan:
        for name in ("lost", "heard", "duration"):
            positive_time(name, getattr(self, name))
        begins = range(0, self.duration, self.lost + self.heard)
        if len(begins) > MOST:
            valid = f"so short that adverts are lost {MOST} times at most"
            raise BadValue("duration", format_duration(self.duration), valid)
        ops = [DropVrrp(port, side, multicast=True) for port, side in crossings(topology, self.target, self.direction)]
        ends = [(begin, min(begin + self.lost, self.duration)) for begin in begins]
        return Plan(tuple(Part(op, begin, end) for begin, end in ends for op in ops))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        how = f"lost for {format_duration(self.lost)}, heard for {format_duration(self.heard)}"
        return f"multicast VRRP at {self.target} {self.direction} ({how}) for {format_duration(self.duration)}"
