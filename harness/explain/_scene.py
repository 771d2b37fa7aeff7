"""What every explanation looks at: a history, one step of it, and what was found there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from harness.checks._evidence import Evidence, missing
from harness.checks._words import at, lasting
from harness.explain._logs import NO_LOGS, Logs
from harness.explain._told import UNKNOWN
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import AdvertSeen, ArpSeen, MarkerSeen
from harness.model.limits import RouterLimits
from harness.model.outcome import Finding
from harness.model.virtual_router import RouterVip, VirtualRouter


@dataclass(frozen=True)
class Scene:
    """Instants are ns of the history; `at` and `lasting` write them as the checks do."""

    history: History
    step: Step
    finding: Finding
    logs: Logs = field(default_factory=lambda: NO_LOGS)

    def at(self, t: int) -> str:
        return at(self.step, t).replace("-0.000", "+0.000")

    def span(self, interval: Interval) -> str:
        """``from +0.331 s to +0.571 s``, or ``from before the step``, and ``until the step ended``."""
        begin = "before the step" if interval.begin < self.step.began_ns else self.at(interval.begin)
        if interval.end >= self.step.ends_ns:
            return f"from {begin} until the step ended"
        return f"from {begin} to {self.at(interval.end)}"

    def lacks(self, vips: Iterable[RouterVip], *kinds: Evidence) -> str:
        """``Missing: …``; "" if the history has all of this evidence. Without it nothing may be claimed."""
        return missing(self.history, self.step, vips, kinds)

    def unknown(self, what: str, lack: str = "") -> str:
        """``The history does not show WHAT.``, with the evidence that is missing."""
        return f"{UNKNOWN} {what}. {lack}".strip()

    def bounds(self, router: VirtualRouter) -> RouterLimits:
        return self.step.limits.routers[router.name]

    def reached(self, router: VirtualRouter, node: str, within: Interval) -> list[AdvertSeen]:
        """Adverts of the router's other nodes that left a switch towards `node`, in order of time."""
        bounds = self.bounds(router)
        port = self.history.topology.ports[bounds.heartbeats[node]]
        seen = self.history.of(AdvertSeen, within)
        return [
            a for a in seen if (a.port, a.vrid, a.inward) == (port.name, router.vrid, False) and a.ip != port.address
        ]

    def sent(self, router: VirtualRouter, node: str, within: Interval) -> list[AdvertSeen]:
        """Adverts of `node` as they left it."""
        bounds = self.bounds(router)
        adverts = self.history.adverts(bounds.segments, router.vrid, within)
        return [advert for advert in adverts if advert.port == bounds.heartbeats[node]]

    def taps(self, port: str) -> bool:
        """Was any frame seen to leave the switch by this port? Else no absence of frames there shows anything."""
        of = self.history.of
        frames: list[AdvertSeen | ArpSeen | MarkerSeen] = [*of(AdvertSeen), *of(ArpSeen), *of(MarkerSeen)]
        return any(seen.port == port and not seen.inward for seen in frames)

    def hears(self, router: VirtualRouter, node: str) -> bool:
        """Is it known which adverts reached the node?"""
        return self.taps(self.bounds(router).heartbeats[node])

    def sender(self, advert: AdvertSeen) -> str:
        """The node whose own address is the advert's source; else that address."""
        ports = self.history.topology.ports.values()
        return next((port.node for port in ports if port.address == advert.ip), advert.ip)

    @property
    def vips(self) -> tuple[RouterVip, ...]:
        return self.history.topology.vips

    @property
    def routers(self) -> tuple[VirtualRouter, ...]:
        return tuple(self.history.topology.virtual_routers.values())


def several(n: int, noun: str) -> str:
    """``1 advert``, ``2 adverts``."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


Sentences = Iterator[str]

__all__ = ["Scene", "Sentences", "lasting", "several"]
