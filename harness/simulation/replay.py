"""A recorded trial, done again by the model: it begins as the recording did, and the recorded ops happen to it.

What the model does not know is taken from the recording: when a restarted keepalived ran again, and when scripts that
it tracks failed. Times are ns; 0 is the trial's first effect.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from harness.history.history import History
from harness.history.step import Step
from harness.history.timeline import Interval
from harness.model.errors import UsageError
from harness.model.events import OpApplied, ServiceChanged, VrrpState
from harness.model.ops import (
    AddressGone,
    AnyOp,
    ArpTimeout,
    LinkDown,
    Part,
    ServiceDown,
    ServiceKill,
    ServiceKilled,
    ServiceRestart,
    Signal,
)
from harness.model.units import ms, s
from harness.model.virtual_router import VirtualRouter
from harness.simulation.done import MODELLED
from harness.simulation.instance import Instance
from harness.simulation.nodes import Late
from harness.simulation.queue import Kind
from harness.simulation.settings import Settings, nothing, settings_of
from harness.simulation.verdicts import fit
from harness.simulation.watch import Reader
from harness.simulation.world import AtRest, World

STARTING = 10 * ms  # a new process → its instance is BACKUP, and its timer runs
EARLY = 2 * ms  # an advert may be stamped before its timer was due, by rounding
LATEST = 60 * ms  # a timer that is later than this is not the one that was due
TOLD_BEFORE = 12 * ms  # FAULT is told so long after keepalived reached it
PERSISTENT = 60 * s  # a longer ARP timeout never ends within a trial


class Replay:
    """`steps`: of the trial. `start`, `end`: its first effect and its end, as the recording counts time."""

    def __init__(self, history: History, settings: Mapping[str, tuple[Settings, ...]], trial: int) -> None:
        self.history = history
        self.steps: list[Step] = [history.step(of, name) for of, name in history.steps if of == trial]
        if not self.steps:
            raise UsageError(f"The recording has no trial {trial}.")
        self.start, self.end = self.steps[0].first_effect_ns, self.steps[-1].ends_ns
        self.world = World(history.topology, settings)

    def begin(self, *, guided: bool) -> dict[str, AtRest]:
        """`guided`: each timer of keepalived is as late as the recording shows; else it is on time."""
        at_rest = {name: self._rest(router) for name, router in self.history.topology.virtual_routers.items()}
        world = self.world
        world.begin(at_rest)
        world.nodes.late = lateness(self.history, self.start) if guided else world.nodes.late
        self._remember_arp()
        self._remember_forwarding()
        self._restarts()
        self._ops()
        self._faults_as_told()
        fit(self.history, Interval(self.start, self.end), world.nodes.watchers)
        return at_rest

    def _rest(self, router: VirtualRouter) -> AtRest:
        history, start = self.history, self.start
        owners = history.tables.owners_at(router.first, start - ms)
        owner = owners[0] if owners else router.nodes[0]
        limits = self.steps[0].limits.routers[router.name]
        sent = [
            advert.t
            for advert in history.adverts(limits.segments, router.vrid, Interval(0, start))
            if advert.port.startswith(f"{owner}.")
        ]
        phase = start - sent[-1] if sent else 0
        return AtRest(owner, phase, self._refresh_in(router, owner), self._burst_in(router, owner))

    def _refresh_in(self, router: VirtualRouter, owner: str) -> int | None:
        """Until the owner's next periodic announcement: they are counted from when it became master."""
        vrrp = self.steps[0].limits.routers[router.name].vrrp[owner]
        held = self._held_since(router, owner)
        if not vrrp.garp_master_refresh_ns or held is None:
            return None
        claims = self.history.claims(router.first, Interval(held - s // 2, self.start))
        began = next((claim.t for claim in claims if claim.port.startswith(f"{owner}.")), held)
        after = began + vrrp.garp_master_delay_ns + vrrp.garp_master_refresh_ns - self.start
        return after % vrrp.garp_master_refresh_ns if after < 0 else after

    def _burst_in(self, router: VirtualRouter, owner: str) -> int | None:
        """Until the second announcement of a takeover that was shortly before the trial. None: there was none."""
        held = self._held_since(router, owner)
        delay = self.steps[0].limits.routers[router.name].vrrp[owner].garp_master_delay_ns
        if held is None or held + delay < self.start:
            return None
        around = Interval(held - s // 10, min(held + s // 10, self.start))
        began = next((garp.t for garp in self.history.garps(router.first, owner, around)), None)
        return began + delay - self.start if began is not None and began + delay > self.start else None

    def _held_since(self, router: VirtualRouter, owner: str) -> int | None:
        held = self.history.tables.holds(owner, router.first.address)
        return next((hold.begin for hold in reversed(held) if hold.begin <= self.start), None)

    def _remember_arp(self) -> None:
        """What caches and owners knew just before."""
        world, tables, topology = self.world, self.history.tables, self.history.topology
        for key in world.caches.keys:
            world.caches.begin(key, tables.neighbours.at(key, self.start - 1))
        world.state.known = {
            (one.node, device)
            for one in world.nodes.instances
            for device, _ in world.caches.keys
            for port in topology.node(device).ports
            if tables.neighbours.at((one.node, port.address), self.start - 1)
        }
        for event in self.history.of(OpApplied, Interval(0, self.start)):
            if isinstance(event.op, ArpTimeout) and event.op.timeout_ns < PERSISTENT:
                world.caches.timeouts[event.op.node] = event.op.timeout_ns

    def _remember_forwarding(self) -> None:
        layer2, topology = self.world.state.layer2, self.history.topology
        for switch in topology.switches:
            for mac in {port.mac for port in topology.ports.values()}:
                layer2.fdb.pop((switch, mac), None)
                if port := self.history.tables.fdb.at((switch, mac), self.start - 1):
                    layer2.fdb[switch, mac] = port
        layer2.clean = False

    def _restarts(self) -> None:
        starts: dict[tuple[str, str], list[int]] = {}
        for event in self.history.of(ServiceChanged, Interval(self.start, self.end)):
            if event.state == "up":
                starting = STARTING if event.service == "keepalived" else 0
                starts.setdefault((event.node, event.service), []).append(event.t - self.start + starting)
        self.world.nodes.processes.starts = starts

    def _ops(self) -> None:
        for step in self.steps:
            for applied in step.applied:
                released = step.release_of(applied) if applied.op.held else None
                ends = None if released is None else released - self.start
                self.world.plan([Part(applied.op, applied.t - self.start, ends)])

    def _faults_as_told(self) -> None:
        """FAULT of a node on which no op explains it: something that it tracks failed, as a full frontend does."""
        world = self.world
        explained = {_explains(applied.op) for step in self.steps for applied in step.applied}
        for said in self.history.of(VrrpState, Interval(self.start, self.end)):
            for one in world.nodes.instances if said.state == "FAULT" and said.node not in explained else ():
                if one.node == said.node and one.vrrp.instance == said.instance:
                    at = said.t - self.start - TOLD_BEFORE
                    world.state.queue.push(at, Kind.other, one.node, world.nodes.fail, one)


def _explains(op: AnyOp) -> str:
    """The node whose FAULT the model foretells itself; "" for an op that explains none."""
    if isinstance(op, LinkDown):
        return op.port.partition(".")[0]
    if isinstance(op, Signal | ServiceDown | ServiceKilled | ServiceKill | ServiceRestart):
        return op.node if op.service in (None, *MODELLED) else ""
    return op.node if isinstance(op, AddressGone) else ""


def lateness(history: History, start: int) -> Late:
    """How late each timer was, by the advert that followed it."""
    sent: dict[tuple[str, int], list[int]] = {}
    limits = history.step(*history.steps[0]).limits
    for name, router in history.topology.virtual_routers.items():
        for advert in history.adverts(limits.routers[name].segments, router.vrid):
            sent.setdefault((advert.port, router.vrid), []).append(advert.t - start)

    def late(one: Instance, due: int) -> int:
        times: Sequence[int] = sent.get((one.port, one.vrrp.vrid), [])
        index = bisect_left(times, due - EARLY)
        if index < len(times) and times[index] <= due + LATEST:
            return max(0, times[index] - due)
        return 0

    return late


def of_files(files: Mapping[str, Mapping[str, str]], read: Reader = nothing) -> dict[str, tuple[Settings, ...]]:
    """node → file → text, as a run keeps them. `read`: what its checks ask for.

    Raises `UsageError` for a keepalived.conf that cannot be read.
    """
    found = {}
    for node, texts in files.items():
        if "keepalived.conf" in texts:
            beside = {name: text for name, text in texts.items() if name != "keepalived.conf"}
            found[node] = settings_of(texts["keepalived.conf"], node, beside, read)
    return found
