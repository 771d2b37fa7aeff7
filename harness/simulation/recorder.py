"""Tells a run of the model as the lab tells its own: the same events, so that `History` and checks read it unchanged.

Instant 0 of the model is `EPOCH` of the history. Who is served is told as requests, 200 a second and vantage point.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from harness.history.history import History, Requests
from harness.model.events import (
    AddressChanged,
    AdvertSeen,
    AnyEvent,
    ArpSeen,
    FdbChanged,
    HaproxySample,
    InterfaceCounted,
    Marked,
    NeighbourChanged,
    OpApplied,
    OpReleased,
    VrrpState,
)
from harness.model.limits import Limits
from harness.model.ops import AnyOp
from harness.model.requests import DTYPE, Outcome
from harness.model.units import ms, s
from harness.simulation.layer2 import Flood
from harness.simulation.role import Role
from harness.simulation.state import BROADCAST, Arp, us
from harness.simulation.world import AtRest, World

EPOCH: Final = 1_000 * s
BEFORE: Final = 2 * s  # of the steady state, before the first op
REACHABLE: Final = 2  # NUD_REACHABLE
REQUEST: Final = 1
FRAMES_APART: Final = 50 * us  # of one burst
BEGUN: Final = 10 * us  # an op, before the kernel acknowledges it
PROBE_EVERY: Final = 5 * ms
ANSWERED: Final = 2 * ms
GIVES_UP: Final = 500 * ms
SAMPLE_EVERY: Final = s // 2


class Span(NamedTuple):
    """A step of a trial, ns from the plan's start."""

    trial: int
    name: str
    begin: int
    end: int


class Recorder:
    """Make it of a world that has begun, before it runs."""

    def __init__(self, world: World, at_rest: Mapping[str, AtRest]) -> None:
        self._world, self._topology = world, world.topology
        self._events: list[AnyEvent] = []
        self._serving: dict[str, list[tuple[int, str | None]]] = {name: [] for name in world.topology.vantages}
        self._baseline(at_rest)
        world.state.told = self

    # -- `state.Told`

    def advert(self, t: int, one: Role, flood: Flood, mac: str, priority: int) -> None:
        ip, vrid = self._topology.ports[one.port].address, one.vrrp.vrid
        self._events += [
            AdvertSeen(EPOCH + t + n, port, inward, mac, ip, vrid, priority)
            for n, (port, inward) in enumerate(flood.seen)
        ]

    def arp(self, t: int, flood: Flood, said: Arp, repeat: int) -> None:
        mac, sender, target = said
        self._events += [
            ArpSeen(EPOCH + t + k * FRAMES_APART + n, port, inward, mac, BROADCAST, REQUEST, mac, sender, target)
            for k in range(repeat)
            for n, (port, inward) in enumerate(flood.seen)
        ]

    def address(self, t: int, node: str, address: str, *, present: bool) -> None:
        self._events.append(AddressChanged(EPOCH + t, node, address, self._device(node, address), present))

    def neighbour(self, t: int, device: str, address: str, mac: str | None) -> None:
        self._events.append(NeighbourChanged(EPOCH + t, device, address, mac, REACHABLE if mac else 0))

    def fdb(self, t: int, switch: str, mac: str, port: str | None) -> None:
        self._events.append(FdbChanged(EPOCH + t, switch, mac, port))

    def says(self, t: int, one: Role, state: str) -> None:
        self._events.append(VrrpState(EPOCH + t, one.node, one.vrrp.instance, state, one.priority))

    def applied(self, t: int, part: int, op: AnyOp) -> None:
        self._events.append(OpApplied(EPOCH + t, 1, part, op, asked_ns=EPOCH + t, begun_ns=EPOCH + t - BEGUN))

    def released(self, t: int, part: int, op: AnyOp) -> None:
        self._events.append(OpReleased(EPOCH + t, 1, part, op, asked_ns=EPOCH + t, begun_ns=EPOCH + t - BEGUN))

    def served(self, t: int, vantage: str, node: str | None) -> None:
        changes = self._serving[vantage]
        if not changes or changes[-1][1] != node:
            changes.append((t, node))

    # -- the whole

    def history(self, limits: Limits, end: int, name: str = "simulated", steps: Sequence[Span] = ()) -> History:
        """From `BEFORE` ahead of the first op until `end`. `name`: of the configuration."""
        marks: list[AnyEvent] = [Marked(EPOCH - BEFORE, "configuration", step=name)]
        for step in steps or [Span(0, "simulated", -s, end)]:
            marks.append(Marked(EPOCH + step.begin, "step_begin", step.trial, step.name))
            marks.append(Marked(EPOCH + step.end, "step_end", step.trial, step.name))
        events = sorted([*self._events, *self._samples(end), *marks], key=lambda event: event.t)
        return History(self._topology, {name: limits}, tuple(events), self._requests(end))

    def _baseline(self, at_rest: Mapping[str, AtRest]) -> None:
        world, begin = self._world, -BEFORE
        for (switch, mac), port in world.state.layer2.fdb.items():
            self.fdb(begin, switch, mac, port)
        for key in world.caches.keys:
            self.neighbour(begin, *key, world.caches.entries.get(key))
        for one in world.nodes.instances:
            self.says(begin, one, one.state)
            for vip in world.nodes.places.held(one):
                self.address(begin, one.node, vip.address, present=one.has_vips)
            if one.has_vips:
                self._adverts_before(one, at_rest[one.router].phase_ns)

    def _adverts_before(self, one: Role, phase_ns: int) -> None:
        layer2 = self._world.state.layer2
        mac = self._world.topology.virtual_routers[one.router].vmac if one.vrrp.use_vmac else layer2.mac_of[one.port]
        for t in range(-phase_ns, -BEFORE, -one.vrrp.advert_int_ns):
            self.advert(t, one, layer2.multicast(one.port), mac, one.priority)

    def _samples(self, end: int) -> list[AnyEvent]:
        """HAProxy serves, and nothing is forwarded: the model knows of neither."""
        nodes = sorted({one.node for one in self._world.nodes.instances})
        return [
            event
            for node in nodes
            for t in range(EPOCH - BEFORE, EPOCH + end, SAMPLE_EVERY)
            for event in (
                HaproxySample(t, node, "api/FRONTEND", "OPEN", 5, 2000, 0, 0, 2, 0),
                HaproxySample(t, node, "servers/BACKEND", "UP", 5, 2000, 0, 0, 2, 0),
                InterfaceCounted(t, node, forwarded=0, forwarding=False),
            )
        ]

    def _requests(self, end: int) -> Requests:
        records = np.concatenate([self._asked(vantage, end) for vantage in self._serving] or [np.zeros(0, DTYPE)])
        ordered: Requests = records[np.argsort(records["due"], kind="stable")]
        return ordered

    def _asked(self, vantage: str, end: int) -> Requests:
        """Answered by the node that serves then; else the connection times out."""
        numbers = self._topology.numbers("balancer")
        due = np.arange(EPOCH - BEFORE + ms, EPOCH + end, PROBE_EVERY)
        changes = self._serving[vantage] or [(-BEFORE, self._world.caches.serving(self._key(vantage)))]
        index = np.searchsorted([EPOCH + t for t, _ in changes], due, side="right") - 1
        who = np.array([numbers.get(node or "", 0) for _, node in changes], dtype=np.uint8)[np.maximum(index, 0)]
        records = np.zeros(len(due), DTYPE)
        records["due"], records["sent"], records["sequence"] = due, due + FRAMES_APART, np.arange(len(due))
        records["vantage"], records["balancer"] = self._topology.vantage_numbers[vantage], who
        records["status"] = np.where(who > 0, 200, 0)
        records["outcome"] = np.where(who > 0, int(Outcome.ok), int(Outcome.connect_timeout))
        records["done"] = due + np.where(who > 0, ANSWERED, GIVES_UP)
        return records

    def _key(self, vantage: str) -> tuple[str, str]:
        asking = self._topology.vantages[vantage]
        return asking.cache, asking.vip

    def _device(self, node: str, address: str) -> str:
        vip = next(vip for vip in self._topology.vips if vip.address == address)
        return self._topology.node(node).port(vip.segment).device
