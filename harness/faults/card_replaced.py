"""A network card vanishes and comes back with another MAC address: replaced by hand, or a virtual machine made anew."""

from typing import ClassVar

from harness.faults.fault import Fault, held, ports_of, positive
from harness.model.errors import BadValue
from harness.model.ops import CARD_MAC, CardGone, MacChanged, Part, Plan
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import DAY, Duration, ms


class CardReplaced(Fault, frozen=True):
    """`target`: NODE.SEGMENT. The card is gone for `away`. After `duration` it has its own MAC address again."""

    example: ClassVar[str] = "lb-ext-1.external"
    signs: ClassVar[Signs] = Signs(
        caches="entries of its own address are wrong until they are asked for again; those of the VIP are as announced",
        keepalived="as without a card; gratuitous ARP must name the new address",
        customers="a gap as long as a takeover; if the new card is not announced, as long as caches keep entries",
    )

    target: str
    mac: str = "02:ca:4d:00:00:01"
    away: Duration = 400 * ms
    duration: Duration | None = None

    def plan(self, topology: Topology) -> Plan:
        """Raises `BadValue` for several cards, or a card that would be away for longer than it is another one."""
        ports = ports_of(topology, self.target)
        if len(ports) != 1:
            raise BadValue("target", self.target, f"one port: {', '.join(ports)}")
        if not CARD_MAC.fullmatch(self.mac):
            raise BadValue("mac", self.mac, "a MAC address of one card, in lower case, such as 02:ca:4d:00:00:01")
        if not 2 * ms <= self.away <= DAY or (self.duration is not None and self.away >= self.duration):
            raise BadValue("away", self.away, "2 ms or more, up to 24 hours, and less than the duration")
        end = positive(self.duration)
        return Plan((Part(CardGone(ports[0]), 0, self.away), Part(MacChanged(ports[0], self.mac), ms, end)))

    def targets(self) -> tuple[str, ...]:
        return (self.target,)

    def describe(self) -> str:
        return f"{self.target} with another card, {self.mac}, {held(self.duration)}"
