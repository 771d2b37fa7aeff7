"""All points of capture on one clock, for one VIP: what every judgement reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.capture.connection import Wait
from harness.capture.drift import WITHIN_NS, Drift
from harness.capture.haproxy_log import Answers
from harness.capture.machine import Machine
from harness.capture.routers import routers
from harness.capture.runs import Run
from harness.capture.sight import VMAC, AdvertSight, ClaimSight, Sight
from harness.history.timeline import Interval, gaps, union
from harness.model.units import s

Sent = tuple[int, AdvertSight]


class Point(NamedTuple):
    """One capture. `at`: the machine whose own interface it was taken at; "" if that is not known.

    `offset_ns` is added to its stamps; with a `drift`, what that tells for each.
    """

    sight: Sight
    offset_ns: int
    at: str = ""
    drift: Drift | None = None

    @property
    def name(self) -> str:
        return self.sight.name

    @property
    def begin(self) -> int:
        return self.time(self.sight.first)

    @property
    def end(self) -> int:
        return self.time(self.sight.last)

    def time(self, t: int) -> int:
        """On the scene's clock."""
        return t + (self.drift.shift(t) if self.drift else self.offset_ns)

    def times(self, stamps: NDArray[np.int64]) -> NDArray[np.int64]:
        """As `time`."""
        return stamps + (self.drift.shifts(stamps) if self.drift else self.offset_ns)


class Lead(NamedTuple):
    """A device (by its MAC) addressed its frames for the VIP to `node`, from `first` to `last`."""

    first: int
    last: int
    device: bytes
    node: str


@dataclass(frozen=True, eq=False)
class Scene:
    """`begin` and `end`: while every point captured, or any, if more happened then (`aligned`). Instants on the clock
    of the first point.

    `answers`: what HAProxy logged, if its log is there.
    """

    vip: str
    vrid: int
    points: tuple[Point, ...]
    nodes: Mapping[str, Machine]
    begin: int
    end: int
    answers: Answers = field(default_factory=dict)

    @property
    def packed(self) -> bytes:
        return bytes(map(int, self.vip.split(".")))

    @cached_property
    def adverts(self) -> dict[str, list[int]]:
        """Node → when it sent adverts of a priority above 0, by any point; one advert once."""
        apart = self.interval_ns // 2
        return {name: _once_each(sent, apart) for name, sent in self.sent.items()}

    @cached_property
    def resigned(self) -> dict[str, list[int]]:
        """Node → when it sent adverts of priority 0: it gives the VIP up (RFC 9568 section 6.4.3)."""
        return {name: _once(t for t, each in self._adverts_of(name) if not each.advert.priority) for name in self.nodes}

    @cached_property
    def garps(self) -> dict[str, list[int]]:
        """Node → when it sent gratuitous ARP for the VIP, by any point."""
        return {name: _once(t for t, claim in self._claims_of(name) if claim.gratuitous) for name in self.nodes}

    @cached_property
    def strangers(self) -> list[tuple[int, bytes]]:
        """(t, MAC) of ARP that claims the VIP for an interface of no known node."""
        known = {mac for node in self.nodes.values() for mac in node.macs}
        every = ((t, claim) for _, t, claim in self._claims())
        return sorted((t, claim.mac) for t, claim in every if claim.mac not in known and not self.virtual)

    @cached_property
    def virtual(self) -> bool:
        """Does the VIP have a MAC address of its own? With `vmac_xmit_base` only ARP tells it, not the adverts."""
        return any(node.vmac for node in self.nodes.values()) or any(
            claim.mac.startswith(VMAC) for _, _, claim in self._claims()
        )

    @cached_property
    def alone(self) -> bool:
        """Do the captures tell of this virtual router only?"""
        return len(routers(point.sight for point in self.points)) == 1

    @property
    def interval_ns(self) -> int:
        """The longest that adverts tell; 1 s, VRRP's default, if they tell none."""
        told = [advert.interval_ns for node in self.nodes.values() for advert in node.said]
        return max(told, default=0) or s

    @cached_property
    def sent(self) -> dict[str, list[Sent]]:
        """Node → its adverts, once for each point that saw them, in order."""
        return {name: sorted(self._adverts_of(name), key=itemgetter(0)) for name in self.nodes}

    @cached_property
    def arrived(self) -> dict[str, dict[str, list[Sent]]]:
        """Node with a point at its interface → sender → the adverts that were there, in order."""
        there = {name: [point for point in self.points if point.at == name] for name in self.nodes}
        return {
            name: {sender: sorted(self._adverts_of(sender, points), key=itemgetter(0)) for sender in self.nodes}
            for name, points in there.items()
            if points
        }

    def seen_at(self, node: str) -> bool:
        """Was one of the points at the node's own interface?"""
        return node in self.arrived

    def unseen(self, node: str) -> list[Interval]:
        """Times without a point at one of the node's cards, although one was there at another time."""
        here = [point for point in self.points if point.at == node]
        cards = [[point for point in here if bool(point.sight.adverts) == has] for has in (True, False)]
        there = [union([Interval(point.begin, point.end + 1) for point in card]) for card in cards if card]
        without = (each for card in there for each in gaps(card, Interval(self.begin, self.end)))
        quiet = 2 * self.interval_ns  # a file begins and ends with a packet
        return sorted(each for each in without if each.length > quiet)

    def vrids_of(self, node: str) -> set[int]:
        """Of all virtual routers that the node sent adverts of, at any point."""
        ip = self.nodes[node].ip
        return {vrid for point in self.points for vrid, sender in point.sight.by_sender if sender == ip}

    def claims_of(self, node: str) -> list[int]:
        return [t for t, _ in self._claims_of(node)]

    def holds(self, node: str) -> list[Run]:
        """When the node sent frames from the VIP."""
        macs = self.nodes[node].macs
        return sorted(
            run._replace(first=point.time(run.first), last=point.time(run.last))
            for point in self.points
            for mac in macs
            for run in point.sight.holds.of((self.packed, mac))
        )

    @cached_property
    def leads(self) -> dict[bytes, list[Lead]]:
        """Device (MAC) → where its frames for the VIP went, in order: only addresses of known nodes."""
        owner = {mac: name for name, node in self.nodes.items() for mac in node.macs}
        found: dict[bytes, list[Lead]] = {}
        for point in self.points:
            for vip, device in point.sight.leads:
                if vip != self.packed or device in owner:
                    continue
                for run in point.sight.leads.of((vip, device)):
                    if run.value in owner:
                        first, last = point.time(run.first), point.time(run.last)
                        found.setdefault(device, []).append(Lead(first, last, device, owner[run.value]))
        return {device: sorted(leads) for device, leads in found.items()}

    @cached_property
    def unknown_leads(self) -> list[tuple[bytes, bytes]]:
        """(device, MAC address) of frames for the VIP that were sent to an interface of no known node."""
        nodes = {mac for node in self.nodes.values() for mac in node.macs}
        found = {
            (device, run.value): None
            for point in self.points
            for vip, device in point.sight.leads
            if vip == self.packed and device not in nodes
            for run in point.sight.leads.of((vip, device))
            if run.value not in nodes
        }
        return list(found)

    @property
    def waits(self) -> dict[str, Wait]:
        """Client → its longest wait for an answer on a connection that had served it before.

        Of a wait whose end was not seen at a node, a point that saw all knows more: there the client's frames may have
        gone to the other node.
        """
        between = self._longest([point for point in self.points if self._saw_all(point)])
        at_nodes = self._longest([point for point in self.points if not self._saw_all(point)])
        return at_nodes | {client: _longer(wait, at_nodes.get(client, wait)) for client, wait in between.items()}

    def _saw_all(self, point: Point) -> bool:
        """Is it at no node, and does its file last as long as the scene? One to which several nodes sent answers is
        elsewhere; of another it is not known.
        """
        macs = {mac for vip, mac in point.sight.holds if vip == self.packed}
        holders = [name for name, node in self.nodes.items() if macs & node.macs]
        quiet = 2 * self.interval_ns  # a file begins and ends with a packet
        whole = point.begin <= self.begin + quiet and point.end >= self.end - quiet
        return not point.at and len(holders) > 1 and whole

    def _longest(self, points: Sequence[Point]) -> dict[str, Wait]:
        """What is missing at any of the points counts for all: each saw other connections."""
        found: dict[str, Wait] = {}
        for point in points:
            for client, own in self._waits_at(point):
                known = found.get(client, Wait())
                best = own if (own.length, own.again) >= (known.length, known.again) else known
                unsure, quiet = max(own.unsure, known.unsure), max(own.quiet, known.quiet)
                found[client] = best._replace(unsure=unsure, quiet=quiet)
        return found

    def _waits_at(self, point: Point) -> Iterator[tuple[str, Wait]]:
        for who, wait in point.sight.connector.waits.items():
            if who[4:8] == self.packed:
                yield ".".join(map(str, who[:4])), wait._replace(begin=point.time(wait.begin) if wait.begin else 0)

    def name_of(self, device: bytes) -> str:
        """The device's IP address, if ARP told it; else its MAC address."""
        known = (
            ip for point in self.points for ip, mac in point.sight.macs.items() if mac == device and ip != self.vip
        )
        return next(known, device.hex(":"))

    def _adverts_of(self, node: str, points: Sequence[Point] | None = None) -> Iterator[Sent]:
        ip = self.nodes[node].ip
        for point in self.points if points is None else points:
            for sight in point.sight.by_sender.get((self.vrid, ip), ()):
                yield point.time(sight.t), sight

    def _claims_of(self, node: str) -> Iterator[tuple[int, ClaimSight]]:
        macs = self.nodes[node].macs
        return ((t, claim) for _, t, claim in self._claims() if claim.mac in macs)

    def _claims(self) -> Iterator[tuple[Point, int, ClaimSight]]:
        for point in self.points:
            for claim in point.sight.by_address.get(self.vip, ()):
                yield point, point.time(claim.t), claim


def _longer(between: Wait, at_nodes: Wait) -> Wait:
    """A point that saw all knows all but what came before it captured."""
    if at_nodes.length <= between.length:
        return between
    return between._replace(length=at_nodes.length, begin=at_nodes.begin)


def _once(times: Iterator[int]) -> list[int]:
    """In order, without those that another point saw too."""
    found: list[int] = []
    for t in sorted(times):
        if not found or t - found[-1] > WITHIN_NS:
            found.append(t)
    return found


def _once_each(sent: list[Sent], apart: int) -> list[int]:
    """Of a priority above 0, in order. One identification within `apart` ns is one advert: clocks drift a little.

    Identification 0 tells adverts apart no more than none.
    """
    last: dict[tuple[int, int], int] = {}
    found: list[int] = []
    for t, sight in sent:
        advert = sight.advert
        key = advert.priority, advert.ident
        again = advert.ident and t - last.get(key, t - apart) < apart
        if advert.priority and not again and (not found or t - found[-1] > WITHIN_NS):
            found.append(t)
            last[key] = t
    return found
