"""Carrier is lost and returns, again and again: a bad cable, a port that negotiates anew, a card that resets."""

from typing import ClassVar, Final

from harness.faults.fault import Fault, links_of
from harness.model.errors import BadValue
from harness.model.ops import LinkDown, Part, Plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import Duration, format_duration, ms, positive_time, s

MOST: Final = 1_000  # times in one plan


class Flapping(Fault, frozen=True):
    """`target`: a node (all its data ports), NODE.SEGMENT or a trunk.

    Its carrier is lost for `down`, and there for `up`. That happens again and again until
    `duration`; in the end it is there.
    """

    example: ClassVar[str] = "lb-ext-1.external"
    signs: ClassVar[Signs] = Signs(
        caches="entries follow the gratuitous ARP of each new owner",
        keepalived=(
            "FAULT at each loss of carrier, BACKUP at each return; a preferred node takes the VIP back each time, "
            "unless nopreempt or delays forbid it"
        ),
        customers="an outage of about 3 × advert_int + skew at each loss",
    )

    target: str
    down: Duration = 300 * ms
    up: Duration = 700 * ms
    duration: Duration = 5 * s

    def plan(self, topology: Topology) -> Plan:
        for name in ("down", "up", "duration"):
            positive_time(name, getattr(self, name))
        begins = range(0, self.duration, self.down + self.up)
        if len(begins) > MOST:
            raise BadValue(
                "duration", format_duration(self.duration), f"so short that carrier is lost {MOST} times at most"
            )
        ports = links_of(topology, self.target)
        ends = [(begin, min(begin + self.down, self.duration)) for begin in begins]
        return Plan(tuple(Part(LinkDown(port), begin, end) for begin, end in ends for port in ports))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        how = f"down for {format_duration(self.down)}, up for {format_duration(self.up)}"
        return f"flapping {self.target} ({how}) for {format_duration(self.duration)}"
