"""A fabric interconnect restarts, and cards behind it fail over to the other one, as in an upgrade of its firmware."""

from typing import ClassVar, Final, Literal

from harness.faults.fault import Fault
from harness.model.errors import BadValue, UnknownName
from harness.model.node import Port
from harness.model.ops import AnnounceCard, Drop, Part, Plan, Repin
from harness.model.signs import Signs
from harness.model.topology import Topology
from harness.model.units import DAY, Duration, format_duration, ms, s

Announced = Literal["sent", "late", "lost"]
_AFTER: Final = 2 * ms
"""An agent does not say in which order it does what is due together."""


class FabricFailover(Fault, frozen=True):
    """`target`: a card behind the interconnect (NODE.SEGMENT), `beside`: another one. `to`: the other interconnect.

    For `duration` no frame enters the interconnect by its `uplink`. The cards are cut for `cut`, then they are pinned
    to `to`, and pinned home at the end. Each time the interconnect sends gratuitous ARP on their behalf, from which
    switches learn their places. `announced`: whether it arrives; ``late``: `late` after the move. Carriers stay.
    """

    example: ClassVar[str] = "lb-ext-1.external --to sw-b --uplink trunk"
    signs: ClassVar[Signs] = Signs(
        caches="entries stay; without the interconnect's gratuitous ARP, switches lead to where the card was",
        keepalived="as a cut that heals by itself: a backup that hears no advert becomes MASTER, and may give up again",
        customers="time-outs for the cut; without that gratuitous ARP until the card sends a frame, such as an advert",
    )

    target: str
    to: str
    uplink: str
    beside: str | None = None
    cut: Duration = 400 * ms
    duration: Duration = 5 * s
    announced: Announced = "sent"
    late: Duration = 1 * s

    def plan(self, topology: Topology) -> Plan:
        """Raises `UnknownName` for what is not there, `BadValue` for what is not behind one interconnect, and times."""
        self._check_times()
        cards = self._cards(topology)
        dead = Part(Drop(self._end(topology, cards[0].switch), "ingress"), 0, self.duration)
        cut = [Part(Drop(card.name, "ingress"), 0, self.cut) for card in cards]
        to = self._other(topology, cards[0])
        moved = [Part(Repin(card.name, to), self.cut - ms, self.duration + ms) for card in cards]
        told = [Part(AnnounceCard(card.name), at) for at in self._announcements() for card in cards]
        return Plan((dead, *cut, *moved, *told))

    def targets(self) -> tuple[str, ...]:
        return (*self._names(), self.uplink)

    def describe(self) -> str:
        told = f"{format_duration(self.late)} late" if self.announced == "late" else self.announced
        moved = f"{' and '.join(self._names())} cut for {format_duration(self.cut)}, then on {self.to}"
        away = f"interconnect behind {self.uplink} gone for {format_duration(self.duration)}"
        return f"fabric failover: {away}, {moved}; gratuitous ARP on behalf {told}"

    def _names(self) -> tuple[str, ...]:
        return (self.target,) if self.beside is None else (self.target, self.beside)

    def _check_times(self) -> None:
        for name in ("cut", "duration", "late"):
            if not _AFTER <= getattr(self, name) <= DAY // 4:
                raise BadValue(name, getattr(self, name), "from 2 ms to 6 hours, in nanoseconds")
        if self.cut + _AFTER > self.duration:
            raise BadValue("cut", format_duration(self.cut), f"less than {format_duration(self.duration)}")

    def _cards(self, topology: Topology) -> list[Port]:
        """All on one interconnect."""
        for name in self._names():
            if name not in topology.ports:
                raise UnknownName("port", name, topology.ports)
        first, *others = (topology.ports[name] for name in self._names())
        for other in others:
            if other == first or other.switch != first.switch:
                raise BadValue("beside", other.name, f"another card on {first.switch}, as {first.name} is")
        return [first, *others]

    def _end(self, topology: Topology, switch: str) -> str:
        """The uplink's end on the interconnect."""
        ends = {end: name for name, trunk in topology.trunks.items() for end in (trunk.end_a, trunk.end_b)}
        ups = {name: end for end, name in ends.items() if topology.switch_of(end) == switch}
        if self.uplink not in ups:
            raise UnknownName(f"trunk of {switch}, the switch of {self.target},", self.uplink, ups)
        return ups[self.uplink]

    def _other(self, topology: Topology, card: Port) -> str:
        valid = [name for name, at in topology.switches.items() if at == card.segment and name != card.switch]
        if self.to not in valid:
            raise UnknownName(f"other switch than {card.switch}, that of {card.name},", self.to, valid)
        return self.to

    def _announcements(self) -> tuple[int, ...]:
        """When, each time a card has moved."""
        if self.announced == "lost":
            return ()
        after = self.late if self.announced == "late" else 0
        return self.cut + after, self.duration + _AFTER + after
