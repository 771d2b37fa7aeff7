"""A run's history: immutable. All that is derived from it is computed once, at first use."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from harness.history.continuity import Continuity
from harness.history.machine import load_of
from harness.history.running import running_at
from harness.history.step import Step
from harness.history.tables import Tables
from harness.history.timeline import Interval
from harness.model.errors import UnknownName
from harness.model.events import (
    AdvertSeen,
    AgentStarted,
    AnyEvent,
    ArpSeen,
    Event,
    MachineSampled,
    Marked,
    OpApplied,
    OpReleased,
    ServiceChanged,
    VrrpConfigured,
)
from harness.model.limits import Limits
from harness.model.machine_load import MachineLoad
from harness.model.requests import DTYPE, Stream
from harness.model.running_keepalived import RunningKeepalived
from harness.model.topology import Topology
from harness.model.virtual_router import RouterVip

E = TypeVar("E", bound=Event)

Requests = NDArray[Any]
"""Structured array with `harness.model.requests.DTYPE`, in order of `due`."""


@dataclass(frozen=True, eq=False)
class History:
    """`events` in order of time. `limits`: configuration name → its bounds. `unread`: what was skipped, by reason.

    `programs`: node → program → version, of each balancer; empty where the recording is older than it.

    Marks structure it (`Marked.name`): ``step_begin`` and ``step_end`` with trial and step; ``configuration``
    with the configuration's name as `step`: in force from then on. A trial's number is unique within a run.
    """

    topology: Topology
    limits: Mapping[str, Limits]
    events: tuple[AnyEvent, ...]
    requests: Requests = field(default_factory=lambda: np.zeros(0, DTYPE))
    unread: Mapping[str, int] = field(default_factory=dict)
    programs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def tables(self) -> Tables:
        return Tables(self.topology, self.events)

    @cached_property
    def _continuity(self) -> Continuity:
        return Continuity(self.events)

    def hole(self, agent: str, until: int) -> int | None:
        """From when on events of this agent (hand, eye, service) before `until` are missing; None: none is."""
        return self._continuity.hole(agent, until)

    def told_since(self, agent: str) -> int | None:
        """The first numbered event of this agent; None if it has none."""
        return self._continuity.since(agent)

    def lag_ns(self, within: Interval, observer: str = "eye") -> int:
        """How late the observer read, in ns: the slack between stamps of the kernel (frames) and the eye (addresses).

        The observer ``service`` stamps all its events itself.
        """
        return self._continuity.lag_ns(within, observer)

    def machine(self, within: Interval) -> MachineLoad | None:
        """How busy the lab's machine was, by the samples in `within`; None without samples."""
        return load_of(self.of(MachineSampled, within))

    @cached_property
    def _by_kind(self) -> dict[type, list[AnyEvent]]:
        kinds: dict[type, list[AnyEvent]] = {}
        for event in self.events:
            kinds.setdefault(type(event), []).append(event)
        return kinds

    def of(self, kind: type[E], within: Interval | None = None) -> list[E]:
        """Every event of a kind, in order of time."""
        events: list[E] = self._by_kind.get(kind, [])  # type: ignore[assignment]  # keyed by their own type
        return _inside(events, within)

    def adverts(self, segments: Iterable[str], vrid: int, within: Interval | None = None) -> list[AdvertSeen]:
        """Advertisements of a VRID on these segments as they left a node (not on trunks, not as they arrive)."""
        found = [_inside(self._adverts.get((segment, vrid), []), within) for segment in sorted(set(segments))]
        return sorted(chain.from_iterable(found), key=attrgetter("t"))

    def claims(self, vip: RouterVip, within: Interval | None = None) -> list[ArpSeen]:
        """ARP by which a node says that it has the VIP, as it left that node: replies and gratuitous ARP."""
        return _inside(self._claims.get((vip.segment, vip.address), []), within)

    def garps(self, vip: RouterVip, node: str | None = None, within: Interval | None = None) -> list[ArpSeen]:
        """Gratuitous ARP for the VIP as it left `node` (None: any node) on the VIP's segment."""
        port = node and f"{node}.{vip.segment}"
        return [a for a in self.claims(vip, within) if a.gratuitous and (port is None or a.port == port)]

    def announcements(self, vip: RouterVip, node: str, taken: int, end: int) -> list[ArpSeen]:
        """Gratuitous ARP until `end` that belongs to the node's takeover at `taken`.

        The kernel stamps frames; the eye stamps addresses when it reads them. So ARP before `taken` counts too, by at
        most the observer's delay, and only after the node last lost the VIP.
        """
        losses = [held.end for held in self.tables.holds(node, vip.address) if held.end <= taken]
        return self.garps(vip, node, Interval(max([taken - self.lag_ns(Interval(taken, taken)), *losses]), end))

    def takeovers(self, vip: RouterVip, within: Interval) -> list[tuple[int, str]]:
        """(t, node): when a node of the router gained the VIP."""
        owners = self.tables.owners(vip)
        gains = [(held.begin, node) for node, intervals in owners.items() for held in intervals]
        return sorted((t, node) for t, node in gains if within.begin <= t < within.end)

    def arp(self, t: int) -> dict[str, str | None]:
        """Cache (`Topology.caches`) → the node that a frame to its cached MAC for the VIP would reach at `t`."""
        return {name: self.tables.arp(cache, t) for name, cache in self.tables.caches.items()}

    def arrivals(self, vantage: str, stream: Stream = Stream.probe) -> Requests:
        """One vantage point's requests on one stream, in order of `due`."""
        number = self.topology.vantage_numbers[vantage]
        chosen = (self.requests["vantage"] == number) & (self.requests["stream"] == stream)
        arrivals: Requests = self.requests[chosen]
        return arrivals

    def running(self, t: int) -> dict[str, RunningKeepalived]:
        """Node → the settings that its keepalived reported to use at `t`; without nodes that reported none."""
        return running_at(t, self.of(VrrpConfigured), self.of(ServiceChanged))

    def step(self, trial: int, name: str) -> Step:
        """Raises `UnknownName` if the history has no such step."""
        marks = [m for m in self.of(Marked) if m.trial == trial and m.step == name]
        begins = [m.t for m in marks if m.name == "step_begin"]
        if not begins:
            raise UnknownName("step", f"{trial}/{name}", (f"{t}/{n}" for t, n in self.steps))
        ends = [m.t for m in marks if m.name == "step_end"]
        return self._step(trial, name, Interval(begins[0], max(ends, default=self.events[-1].t)))

    @cached_property
    def steps(self) -> tuple[tuple[int, str], ...]:
        """(trial, name) of every step, in order."""
        return tuple(dict.fromkeys((m.trial, m.step) for m in self.of(Marked) if m.name == "step_begin"))

    @cached_property
    def _adverts(self) -> dict[tuple[str, int], list[AdvertSeen]]:
        """(segment, VRID) → adverts that enter a switch from a node."""
        adverts: dict[tuple[str, int], list[AdvertSeen]] = {}
        for seen in self.of(AdvertSeen):
            if seen.inward and seen.port in self._ports:
                adverts.setdefault((self._ports[seen.port], seen.vrid), []).append(seen)
        return adverts

    @cached_property
    def _claims(self) -> dict[tuple[str, str], list[ArpSeen]]:
        """(segment, IP address) → ARP by which a node claims it, as it enters a switch from that node."""
        claims: dict[tuple[str, str], list[ArpSeen]] = {}
        for seen in self.of(ArpSeen):
            if seen.inward and seen.port in self._ports and (seen.opcode == 2 or seen.gratuitous):
                claims.setdefault((self._ports[seen.port], seen.sender_ip), []).append(seen)
        return claims

    @cached_property
    def _ports(self) -> dict[str, str]:
        """Cable → its segment."""
        return {name: port.segment for name, port in self.topology.ports.items()}

    def _step(self, trial: int, name: str, window: Interval) -> Step:
        applied = tuple(op for op in self.of(OpApplied, window) if not op.error)
        released = tuple(op for op in self.of(OpReleased, window) if not op.error)
        first = next(step for step in self.steps if step[0] == trial) == (trial, name)
        limits = self._limits_at(window.begin).with_running(self.running(window.begin), self.topology)
        inherited = self._in_force(window.begin)
        return Step(trial, name, window.begin, window.end, limits, first, applied, released, inherited)

    def _in_force(self, t: int) -> tuple[OpApplied, ...]:
        """What was applied before `t` and not yet released. An agent that restarts has undone what it held."""
        told = chain(self.of(OpApplied), self.of(OpReleased), self.of(AgentStarted))
        held: dict[tuple[int, int, str], OpApplied] = {}
        for event in sorted((each for each in told if each.t < t), key=attrgetter("t")):
            match event:
                case OpApplied(error="") if event.op.held:
                    held[_op_key(event)] = event
                case OpReleased(error=""):
                    held.pop(_op_key(event), None)
                case AgentStarted(agent=agent):
                    held = {key: each for key, each in held.items() if _PROCESS[each.op.agent] != agent}
                case _:
                    pass  # an act, or a failed op
        return tuple(held.values())

    def configuration(self, t: int) -> str:
        """The name of the configuration that was marked last before `t`; without a mark, the first."""
        marked = [m.step for m in self.of(Marked) if m.name == "configuration" and m.t <= t]
        return marked[-1] if marked else next(iter(self.limits), "")

    def _limits_at(self, t: int) -> Limits:
        name = self.configuration(t)
        if name not in self.limits:
            raise UnknownName("configuration in this history", name, self.limits)
        return self.limits[name]


_PROCESS: Final = {"network-agent": "hand", "service-agent": "service"}


def _op_key(event: OpApplied | OpReleased) -> tuple[int, int, str]:
    """Each agent numbers its parts: the op itself distinguishes two parts of one plan."""
    return event.plan, event.part, repr(event.op)


def _inside(events: list[E], within: Interval | None) -> list[E]:
    """The events in [begin, end); `events` are in order of time."""
    if within is None:
        return events
    first, end = (bisect_left(events, t, key=attrgetter("t")) for t in within)
    return events[first:end]
