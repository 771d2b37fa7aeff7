"""A failover as several points capture it: each point's frames, made by hand."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from harness.capture import Judged, Logs, judge
from harness.model.outcome import Finding
from harness.model.units import ms
from tests.frames import ACK, BEGIN, FIN_ACK, MACS, SYN, SYN_ACK, VIP, Stamped, advert, arp, garp, pcap, tcp

LB1, LB2, GW1, GW2 = "10.77.0.1", "10.77.0.2", "10.77.0.11", "10.77.0.12"
INTERVAL: Final = 100 * ms
END: Final = 12_000 * ms
PRIORITIES: Final = {LB1: 150, LB2: 100}
CLOCKS: Final = {"lb1": 0, "lb2": 37_123 * ms, "gw2": -3_600_000 * ms}


@dataclass
class Story:
    """Frames of the points ``lb1``, ``lb2`` and ``gw2``; times in ms from the begin."""

    points: dict[str, list[Stamped]] = field(default_factory=lambda: {name: [] for name in CLOCKS})
    _ident: int = 0

    def see(self, t_ms: float, frame: bytes, *points: str) -> None:
        for point in points:
            self.points[point].append((BEGIN + round(t_ms * ms), frame))

    def adverts(self, node: str, begin: int, end: int, *points: str, priority: int | None = None) -> None:
        """One per interval in [begin, end)."""
        for t in range(begin, end, INTERVAL // ms):
            self._ident += 1
            chosen = PRIORITIES[node] if priority is None else priority
            frame = advert(node, 51, chosen, VIP, ident=self._ident, interval_ns=INTERVAL)
            self.see(t, frame, *points)

    def announce(self, node: str, t_ms: float, *points: str) -> None:
        self.see(t_ms, garp(MACS[node]), *points)

    def neighbours(self, *points: str) -> None:
        """Each node asks for the other's address once: what the points' filters let pass."""
        for sender, target in ((LB1, LB2), (LB2, LB1)):
            self.see(20, arp(sender, target), *points)

    def requests(self, node: str, begin: int, end: int, *points: str, answered: bool = True) -> None:
        """Twenty connections a second by way of gw2, which addresses them to `node`."""
        client = "10.88.2.2"
        macs, back = (MACS[GW2], MACS[node]), (MACS[node], MACS[GW2])
        for t in range(begin, end, 50):
            ports = (2_000 + t % 60_000, 80)
            self.see(t, tcp(client, VIP, ports, SYN, macs=macs), *points)
            if not answered:
                continue
            self.see(t + 1, tcp(VIP, client, ports[::-1], SYN_ACK, macs=back), *points)
            self.see(t + 2, tcp(client, VIP, ports, ACK, b"GET", macs=macs), *points)
            self.see(t + 3, tcp(VIP, client, ports[::-1], ACK, b"200", macs=back), *points)
            self.see(t + 4, tcp(client, VIP, ports, FIN_ACK, macs=macs), *points)

    def write(self, folder: Path, *points: str) -> list[Path]:
        """Each on its own clock."""
        return [pcap(folder / f"{name}.pcap", self._stamped(name)) for name in points or self.points]

    def judge(self, folder: Path, *points: str, at: bool = True, vip: str = "", logs: Logs | None = None) -> Judged:
        files = self.write(folder, *points)
        places = {"lb1.pcap": LB1, "lb2.pcap": LB2} if at else {}
        here = {path.name for path in files}
        return judge(files, vip, {name: node for name, node in places.items() if name in here}, {}, logs)

    def _stamped(self, name: str) -> Iterator[Stamped]:
        return ((t + CLOCKS[name], frame) for t, frame in sorted(self.points[name], key=lambda each: each[0]))


ALL: Final = tuple(CLOCKS)


def june_13(*, announced: bool = False, healed_at: int = END // ms) -> Story:
    """lb1 is cut off from 2,000 ms on; lb2 takes over, hears lb1 at 2,600, and steps back in silence."""
    story, end = Story(), END // ms
    story.neighbours(*ALL)
    story.adverts(LB1, 0, 2_000, *ALL)
    story.adverts(LB1, 2_000, 2_550, "lb1")
    story.adverts(LB1, 2_600, end, *ALL)
    story.adverts(LB2, 2_361, 2_600, "lb2", "gw2")
    story.announce(LB2, 2_362, "lb2", "gw2")
    story.requests(LB1, 10, 2_000, "lb1", "gw2")
    story.requests(LB2, 2_400, 2_550, "lb2", "gw2")
    story.requests(LB2, 2_700, healed_at, "lb2", "gw2", answered=False)
    story.requests(LB1, healed_at, end, "lb1", "gw2")
    if announced:
        story.announce(LB1, 2_680, *ALL)
    return story


def takeover(*, announced: bool = True) -> Story:
    """lb1 resigns at 3,000 ms; lb2 takes over after its skew and announces itself."""
    story, end = Story(), END // ms
    story.neighbours(*ALL)
    story.adverts(LB1, 0, 3_000, *ALL)
    story.adverts(LB1, 3_000, 3_001, *ALL, priority=0)
    story.adverts(LB2, 3_062, end, *ALL)
    if announced:
        story.announce(LB2, 3_064, *ALL)
    story.requests(LB1, 10, 3_000, "lb1", "gw2")
    story.requests(LB2, 3_100, end, "lb2", "gw2")
    return story


def finding(judged: Judged, name: str) -> Finding:
    """Of the only VIP."""
    (vip,) = judged.vips
    return next(each for each in vip.checks if each.name == name)
