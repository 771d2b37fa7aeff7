"""Synthetic histories, told in seconds from the fault's first effect. The lab of June 13, steady unless told otherwise.

The story starts 2 s before the fault with lb-ext-1 as the master, every cache on it and every vantage point served.
Samplers run at their real rates. `numbered` gives any history the numbers that today's agents give.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Final, NamedTuple, Self, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from harness.history import History, Step
from harness.model.events import (
    AddressChanged,
    AdvertSeen,
    AgentStarted,
    AnyEvent,
    ArpSeen,
    ConnectingSample,
    DatabaseSample,
    Event,
    EventsLost,
    FdbChanged,
    FloodSample,
    HaproxySample,
    InterfaceCounted,
    Lag,
    LinkChanged,
    ListenSample,
    MachineSampled,
    Marked,
    MarkerSeen,
    NeighbourChanged,
    OpApplied,
    OpReleased,
    PortState,
    RouteChanged,
    ServiceChanged,
    SessionLimitSet,
    StatisticsCounted,
    VrrpConfigured,
    VrrpDump,
    VrrpState,
)
from harness.model.limits import Limits
from harness.model.node import Node, Port
from harness.model.ops import RIGHT_INDEX, AnyOp, Drop, LinkDown
from harness.model.requests import DTYPE, Outcome
from harness.model.running_keepalived import RunningKeepalived
from harness.model.topology import Topology
from harness.model.units import ms, s
from harness.model.virtual_router import RouterVip
from harness.model.vrrp_instance import VrrpAddress, VrrpInstance
from tests.shapes import Shape

EPOCH = 1_000 * s
BEFORE_S, AFTER_S = 2.0, 10.0
VIP, VRID = "10.77.0.100", 51
LB1, LB2 = "lb-ext-1", "lb-ext-2"
CACHES = ("gw-1", "gw-2", "customer-3")
VANTAGES = ("customer-1", "customer-2", "customer-3")
OWN = {LB1: "10.77.0.1", LB2: "10.77.0.2"}
SAMPLE_S, COUNTERS_S, DATABASE_S, LAG_S = 0.08, 0.5, 1 / 16, 0.25
LAG_NS: Final = 100_000
TAIL_S = 0.3  # every agent goes on after the step


def ns(seconds: float) -> int:
    return EPOCH + round(seconds * s)


def _node(kind: str, *ports: tuple[str, str, str, str]) -> dict[str, object]:
    shapes = [{"segment": g, "switch": w, "mac": m, "ip": f"{i}/24"} for g, w, m, i in ports]
    return {"x-lab": {"kind": kind, "ports": shapes}}


def _external(switch: str, host: int) -> tuple[str, str, str, str]:
    return "external", switch, f"02:77:00:00:00:{host:02x}", f"10.77.0.{host}"


def lab() -> Topology:
    """The external half of the lab."""
    return Topology.from_compose(
        {
            "services": {
                LB1: _node("balancer", _external("sw-a", 1)),
                LB2: _node("balancer", _external("sw-b", 2)),
                "gw-1": _node("gateway", _external("sw-a", 11)),
                "gw-2": _node("gateway", _external("sw-b", 12)),
                "customer-1": _node("customer", ("customers-1", "sw-c1", "02:88:00:00:01:02", "10.88.1.2")),
                "customer-2": _node("customer", ("customers-2", "sw-c2", "02:88:00:00:02:02", "10.88.2.2")),
                "customer-3": _node("customer", _external("sw-b", 21)),
            },
            "x-lab": {
                "segments": {"external": "10.77.0.0/24", "customers-1": "10.88.1.0/24", "customers-2": "10.88.2.0/24"},
                "switches": {"sw-a": "external", "sw-b": "external", "sw-c1": "customers-1", "sw-c2": "customers-2"},
                "trunks": {"trunk": ["sw-a", "sw-b"]},
                "virtual_routers": {
                    "external": {"segment": "external", "vrid": VRID, "vips": [VIP], "nodes": [LB1, LB2]}
                },
                "vantages": {
                    vantage: {"virtual_router": "external", "cache": cache}
                    for vantage, cache in zip(VANTAGES, CACHES, strict=True)
                },
            },
        }
    )


def keepalived_conf(priority: int, advert_int: float, extra: str = "") -> str:
    return f"""
global_defs {{
    vrrp_version 3
}}
vrrp_instance external {{
    state BACKUP
    interface lan0
    virtual_router_id {VRID}
    priority {priority}
    advert_int {advert_int}
    {extra}
    virtual_ipaddress {{
        {VIP}/24
    }}
}}
"""


def running_instance(**changed: object) -> VrrpInstance:
    """As `keepalived_conf(150, 0.1)` runs, but for these fields."""
    instance = VrrpInstance(
        name="external",
        vrid=VRID,
        version=3,
        state="BACKUP",
        interface="lan0",
        base_interface="lan0",
        priority=150,
        effective_priority=150,
        advert_int_ns=100 * ms,
        master_down_ns=341_406_250,
        down_timer_adverts=3,
        preempt=True,
        accept=True,
        garp_master_delay_ns=5 * s,
        garp_master_repeat=5,
        garp_master_refresh_ns=0,
        garp_master_refresh_repeat=1,
        garp_lower_prio_delay_ns=5 * s,
        garp_lower_prio_repeat=5,
        higher_prio_send_advert=False,
        vips=(VrrpAddress(VIP, 24, "lan0"),),
    )
    return msgspec.structs.replace(instance, **changed)


@dataclass
class _Span:
    """Arrivals of `vantage` due in [begin, end) get these fields."""

    vantage: str
    begin: float
    end: float
    fields: dict[str, int]


class _Haproxy(NamedTuple):
    """What HAProxy's samples say from `t` on."""

    t: float
    status: str
    sessions: int
    limit: int
    queued: int


class _Queue(NamedTuple):
    """What the samples of the kernel's listen queue say from `t` on."""

    t: float
    waiting: int
    turned_hz: float


class HistoryBuilder:
    """Every method adds to the story and returns the builder. `build` fills in adverts, samples and requests."""

    def __init__(
        self, advert_int: float = 0.1, extra: str = "", watch_s: float = AFTER_S, shape: Shape | None = None
    ) -> None:
        """`shape`: another lab than lb-ext-1 and lb-ext-2 with one VIP."""
        self.topology = shape.topology if shape else lab()
        self.advert_int = advert_int
        self.watch_s = watch_s
        files = {LB1: keepalived_conf(150, advert_int, extra), LB2: keepalived_conf(100, advert_int, extra)}
        self.limits = Limits.derive(self.topology, shape.files if shape else files)
        self._routers = self.topology.virtual_routers  # as the lab was made: stories may add to it
        self._nodes = tuple(dict.fromkeys(node for router in self._routers.values() for node in router.nodes))
        self._asked = {name: self.topology.vip_of(vantage) for name, vantage in self.topology.vantages.items()}
        self.events: list[AnyEvent] = []
        self._plans = count(1)
        self._masters: list[tuple[str, str, float, float]] = []  # router, node, from, to
        self._since: dict[tuple[str, str], float] = {}
        self._mute: list[tuple[str, float, float]] = []
        self._spans: list[_Span] = []
        self._haproxy: dict[str, list[_Haproxy]] = {node: [] for node in self._nodes}
        self._queues: dict[str, list[_Queue]] = {node: [] for node in self._nodes}
        self._unseen: list[tuple[tuple[type[Event], ...], float, float]] = []
        self.lag_ns: int | None = LAG_NS  # None: as the eye was before it reported it
        self.service_lag_ns = LAG_NS
        self._steady()

    def event(self, event: AnyEvent) -> Self:
        self.events.append(event)
        return self

    def shut(self, begin: float, end: float, *ports: str) -> Self:
        """The ports do not forward for this time. No table changes."""
        for port in ports:
            self.event(PortState(ns(begin), port, "disabled")).event(PortState(ns(end), port, "forwarding"))
        return self

    def drop(self, port: str, begin: float, end: float | None) -> Self:
        return self.op(Drop(port, "ingress"), begin, end)

    def op(self, op: AnyOp, begin: float, end: float | None = None, error: str = "") -> Self:
        """A held op, or (no `end`) an act, or one that outlives the step."""
        plan, at = next(self._plans), ns(begin)
        self.event(OpApplied(at, plan, 0, op, asked_ns=at - 20_000, begun_ns=at - 30_000, error=error))
        if end is not None:
            self.event(OpReleased(ns(end), plan, 0, op, asked_ns=ns(end) - 20_000, begun_ns=ns(end) - 30_000))
        return self

    def takes(self, node: str, t: float, router: str = "external", *, announces: bool = True) -> Self:
        """Becomes master: every address, keepalived's word, gratuitous ARP for each, adverts from now on."""
        self._since[router, node] = t
        self.address(node, t, router, present=True).says(node, t + 0.001, "MASTER", router)
        return self.announces(node, t + 0.002, router) if announces else self

    def gives_up(self, node: str, t: float, router: str = "external") -> Self:
        self._masters.append((router, node, self._since.pop((router, node)), t))
        return self.address(node, t, router, present=False).says(node, t + 0.001, "BACKUP", router)

    def address(self, node: str, t: float, router: str = "external", vip: str = "", *, present: bool) -> Self:
        """`vip`: this one alone."""
        for each in self._vips(router, vip):
            device = self.topology.node(node).port(each.segment).device
            self.event(AddressChanged(ns(t), node, each.address, device, present))
        return self

    def says(self, node: str, t: float, state: str, router: str = "external") -> Self:
        return self.event(VrrpState(ns(t), node, router, state, 100))

    def announces(self, node: str, t: float, router: str = "external", vip: str = "") -> Self:
        """`vip`: this one alone."""
        for each in self._vips(router, vip):
            mac, address = self.mac(node, each.segment), each.address
            port = f"{node}.{each.segment}"
            self.event(ArpSeen(ns(t), port, True, mac, "ff:ff:ff:ff:ff:ff", 1, mac, address, address))
        return self

    def leads(self, t: float, node: str, *vantages: str) -> Self:
        """The caches of these vantage points have the node's MAC address for the VIP that each asks for."""
        for vantage in vantages:
            vip = self._asked[vantage]
            device = self.topology.vantages[vantage].cache
            self.event(NeighbourChanged(ns(t), device, vip.address, self.mac(node, vip.segment), 2))
        return self

    def runs(self, node: str, t: float, pid: int, *instances: VrrpInstance) -> Self:
        """Its keepalived, of this pid, tells what it goes by."""
        return self.event(VrrpConfigured(ns(t), node, pid, "start", RunningKeepalived(instances=instances)))

    def _vips(self, router: str, vip: str) -> tuple[RouterVip, ...]:
        return (self._routers[router].vip(vip),) if vip else self._routers[router].owned

    def caches(self, t: float, **leads: str | None) -> Self:
        """``caches(0.4, gw_2=LB2)``: from `t` on gw-2's entry for the VIP has lb-ext-2's MAC (None: no entry)."""
        for cache, node in leads.items():
            mac = self.mac(node) if node else None
            self.event(NeighbourChanged(ns(t), cache.replace("_", "-"), VIP, mac, 2))
        return self

    def learns(self, t: float, switch: str, node: str, port: str | None) -> Self:
        """The switch's entry for a node's MAC."""
        return self.event(FdbChanged(ns(t), switch, self.mac(node), port))

    def haproxy(
        self, node: str, t: float, status: str = "UP", *, sessions: int = 5, limit: int = 2000, queued: int = 0
    ) -> Self:
        """From `t` on its backend is `status`. ``silent``, ``refused``: no answer; ``unknown``: it cannot be asked.

        `sessions` of `limit`, of which `queued` wait for a server. 20 of those who come are accepted in a second.
        """
        self._haproxy[node].append(_Haproxy(t, status, sessions, limit, queued))
        return self

    def queue(self, node: str, t: float, waiting: int = 0, turned_hz: float = 0) -> Self:
        """From `t` on so many wait in the kernel's queue of the node, and so many are turned away each second."""
        self._queues[node].append(_Queue(t, waiting, turned_hz))
        return self

    def database(self, *rates: tuple[float, float, str]) -> Self:
        """There is a database, db-1. (t, rows, plan): from `t` on it reads so many rows a second along that index."""
        node = Node("db-1", "database", ())
        self.topology = msgspec.structs.replace(self.topology, nodes=self.topology.nodes | {"db-1": node})
        read, rows, plan = 0.0, 0.0, RIGHT_INDEX
        for t in self._times(DATABASE_S):
            rows, plan = next(((r, p) for since, r, p in reversed(rates) if since <= t), (rows, plan))
            read += rows * DATABASE_S
            self.event(DatabaseSample(ns(t), "db-1", plan, 15, 1, 2, round(read), 60, 3, 20, read_only=False))
        return self

    def unseen(self, *kinds: type[Event], begin: float = -BEFORE_S, end: float = 2**31) -> Self:
        """Nobody recorded these kinds of events in this time."""
        self._unseen.append((kinds, begin, end))
        return self

    def mute(self, node: str, begin: float, end: float) -> Self:
        """A master that sends no adverts."""
        self._mute.append((node, begin, end))
        return self

    def dark(self, begin: float, end: float, *vantages: str) -> Self:
        """Arrivals run into the connect timeout."""
        timeout = {"outcome": Outcome.connect_timeout, "done": 500 * ms, "status": 0, "balancer": 0}
        return self._span(begin, end, vantages, timeout)

    def served_by(self, node: str, begin: float, end: float, *vantages: str) -> Self:
        return self._span(begin, end, vantages, {"balancer": self.topology.numbers("balancer")[node]})

    def requests(self, begin: float, end: float, *vantages: str, **fields: int) -> Self:
        """Any other fate: ``done`` and ``sent`` in ns after `due`."""
        return self._span(begin, end, vantages, fields)

    def machine(
        self, begin: float, end: float, *, busy: float = 0.5, stolen: float | None = 0.0, waited: float | None = 0.0
    ) -> Self:
        """The machine's samples of [begin, end), 4 in a second, of two CPUs: shares of their time, and of the time."""
        period = round(LAG_S * s)
        for t in range(ns(begin), ns(end), period):
            taken = None if stolen is None else round(stolen * 2 * period)
            waiting = None if waited is None else round(waited * period)
            self.event(MachineSampled(t + period, period, 2, round(busy * 2 * period), taken, waiting))
        return self

    def build(self) -> History:
        adverts = [advert for reign in self._reigns() for advert in self._adverts(*reign)]
        told = [*self.events, *adverts, *self._samples()]
        events = sorted(filter(self._recorded, told), key=lambda event: event.t)
        return History(self.topology, {"test": self.limits}, tuple(events), self._requests())

    def judged(self) -> tuple[History, Step]:
        history = self.build()
        return history, history.step(0, "blip")

    def mac(self, node: str, segment: str = "external") -> str:
        return self.topology.node(node).port(segment).mac

    def _span(self, begin: float, end: float, vantages: tuple[str, ...], fields: dict[str, int]) -> Self:
        self._spans += [_Span(vantage, begin, end, fields) for vantage in vantages or self._asked]
        return self

    def _steady(self) -> None:
        start = -BEFORE_S
        for node in self._nodes:
            for port in self.topology.node(node).ports:
                self.event(AddressChanged(ns(start), node, port.address, port.device, present=True))
                self._learnt_everywhere(start, port)
            self.haproxy(node, start).queue(node, start)
            for service in ("keepalived", "haproxy"):
                self.event(ServiceChanged(ns(start), node, service, "up", 100))
        for name, router in self._routers.items():
            preferred = self.limits.routers[name].preferred
            for other in router.others(preferred):
                self.says(other, start, "BACKUP", name)
            self.takes(preferred, start, name).leads(start, preferred, *self.topology.asking_any(router))
        self.event(Marked(ns(-1.0), "step_begin", 0, "blip"))
        self.event(Marked(ns(self.watch_s), "step_end", 0, "blip"))

    def _learnt_everywhere(self, t: float, port: Port) -> None:
        """The port's own switch has it there; one at the other end of a trunk, at the trunk."""
        self.event(FdbChanged(ns(t), port.switch, port.mac, port.name))
        for trunk in self.topology.trunks.values():
            for here, there, end in ((trunk.a, trunk.b, trunk.end_a), (trunk.b, trunk.a, trunk.end_b)):
                if there == port.switch:
                    self.event(FdbChanged(ns(t), here, port.mac, end))

    def _recorded(self, event: AnyEvent) -> bool:
        return not any(isinstance(event, kinds) and ns(a) <= event.t < ns(b) for kinds, a, b in self._unseen)

    def _samples(self) -> Iterator[AnyEvent]:
        """What both agents sample, at their rates and whenever what they sample changes.

        A node whose HAProxy or queue a story samples by itself, event by event, is not sampled besides.
        """
        told = {(type(event), event.node) for event in self.events if isinstance(event, HaproxySample | ListenSample)}
        for node in self._nodes:
            haproxies = [] if (HaproxySample, node) in told else self._haproxy[node]
            queues = [] if (ListenSample, node) in told else self._queues[node]
            for haproxy, t in _in_force(sorted(haproxies), self._times(SAMPLE_S)):
                yield from _haproxy_samples(node, t, haproxy)
            turned = 0.0
            for queue, t in _in_force(sorted(queues), self._times(SAMPLE_S)):
                turned += queue.turned_hz * SAMPLE_S
                yield ListenSample(ns(t), node, 80, queue.waiting, 200, round(turned), round(turned))
            for t in self._times(COUNTERS_S):
                yield InterfaceCounted(ns(t), node, forwarded=0, forwarding=False)
        for t in self._times(LAG_S) if self.lag_ns is not None else ():
            yield Lag(ns(t), "eye", self.lag_ns or 0)
            yield Lag(ns(t), "service", self.service_lag_ns)

    def _times(self, period: float) -> list[float]:
        times: list[float] = np.arange(-BEFORE_S, self.watch_s + TAIL_S, period).tolist()
        return times

    def _reigns(self) -> list[tuple[str, str, float, float]]:
        return [*self._masters, *((*who, begin, self.watch_s + 1) for who, begin in self._since.items())]

    def _adverts(self, router: str, node: str, begin: float, end: float) -> list[AdvertSeen]:
        times = np.arange(begin + 0.003, end, self.advert_int)
        heard = [t for t in times.tolist() if not any(n == node and b <= t < e for n, b, e in self._mute)]
        return [self.advert(node, t, router=router) for t in heard]

    def advert(self, node: str, t: float, priority: int = 100, router: str = "external") -> AdvertSeen:
        whose = self._routers[router]
        port = self.topology.node(node).port(whose.segment)
        return AdvertSeen(ns(t), port.name, True, port.mac, port.address, whose.vrid, priority)

    def _requests(self) -> NDArray[Any]:
        pieces = [self._arrivals(vantage) for vantage in self._asked]
        records = np.concatenate(pieces)
        return records[np.argsort(records["due"], kind="stable")]

    def _arrivals(self, vantage: str) -> NDArray[Any]:
        """200/s, answered after 2 ms by the preferred node unless a span says otherwise."""
        due = np.arange(ns(-BEFORE_S) + 1 * ms, ns(self.watch_s), 5 * ms)
        records = np.zeros(len(due), DTYPE)
        records["due"], records["sent"], records["done"] = due, due + 50_000, due + 2 * ms
        records["sequence"] = np.arange(len(due))
        preferred = self.limits.routers[self._asked[vantage].router.name].preferred
        records["status"], records["balancer"] = 200, self.topology.numbers("balancer")[preferred]
        records["vantage"] = list(self._asked).index(vantage) + 1
        for span in self._spans:
            chosen = (due >= ns(span.begin)) & (due < ns(span.end)) & (span.vantage == vantage)
            for name, value in span.fields.items():
                records[name][chosen] = value + (due[chosen] if name in {"sent", "done"} else 0)
        return records


_State = TypeVar("_State", _Haproxy, _Queue)


def _in_force(states: list[_State], times: list[float]) -> Iterator[tuple[_State, float]]:
    """(state, t) for each of the times, and for each instant at which a state begins."""
    for t in sorted({*times, *(state.t for state in states)}) if states else ():
        if t <= times[-1]:
            yield [state for state in states if state.t <= t][-1], t


def _haproxy_samples(node: str, t: float, told: _Haproxy) -> Iterator[HaproxySample]:
    """One answer of HAProxy: its frontend and its backend, or none."""
    _, status, sessions, limit, queued = told
    if status in {"silent", "refused", "unknown"}:
        yield HaproxySample(ns(t), node, "", status, 0, 0, 0, 0, 0, 0)
        return
    yield HaproxySample(ns(t), node, "api/FRONTEND", "OPEN", sessions, limit, 0, 0, 2, 0, rate=20)
    yield HaproxySample(ns(t), node, "servers/BACKEND", status, sessions, limit, queued, 0, 2, 0)


_OF_THE_EYE = (
    ArpSeen, AdvertSeen, MarkerSeen, AddressChanged, NeighbourChanged, LinkChanged, RouteChanged, FdbChanged, EventsLost
)  # fmt: skip
_OF_THE_SERVICE_AGENT = (
    ServiceChanged, VrrpState, VrrpDump, HaproxySample, ListenSample, ConnectingSample, InterfaceCounted,
    DatabaseSample, SessionLimitSet, StatisticsCounted, FloodSample, VrrpConfigured, MachineSampled,
)  # fmt: skip


def teller(event: AnyEvent) -> str:
    """The agent that tells of it."""
    match event:
        case Lag(observer=agent) | AgentStarted(agent=agent):
            return agent
        case OpApplied(op=op) | OpReleased(op=op):
            return "hand" if op.agent == "network-agent" else "service"
        case _:
            return (
                "eye"
                if isinstance(event, _OF_THE_EYE)
                else "service"
                if isinstance(event, _OF_THE_SERVICE_AGENT)
                else "hand"
            )


def numbered(history: History) -> History:
    """Every event numbered by the agent that tells of it. A recording gets the reports of lag, too, 4 in a second."""
    numbers = {agent: count(1) for agent in ("hand", "eye", "service")}
    events = sorted([*history.events, *_lags(history)], key=lambda event: event.t)
    told = [(event, teller(event)) for event in events]
    return replace(
        history,
        events=tuple(msgspec.structs.replace(e, told_by=agent, serial=next(numbers[agent])) for e, agent in told),
    )


def _lags(history: History) -> Iterable[Lag]:
    """None where there are some. The last marks of a recording come from all three agents, as do these."""
    if history.of(Lag):
        return
    begin, end = history.step(*history.steps[0]).began_ns - s, history.events[-1].t
    for t in [*range(begin, end, round(LAG_S * s)), end]:
        yield from (Lag(t, "eye", LAG_NS), Lag(t, "service", LAG_NS))


def june_13() -> HistoryBuilder:
    """The trunk returns one way first; lb-ext-2 gives up in silence; half the network keeps it."""
    return (
        HistoryBuilder()
        .drop("trunk.b", 0.0, 0.55)
        .drop("trunk.a", 0.0, 0.8)
        .takes(LB2, 0.362)
        .caches(0.365, gw_2=LB2, customer_3=LB2)
        .dark(0.0, 0.365, "customer-2", "customer-3")
        .served_by(LB2, 0.365, 0.6, "customer-2", "customer-3")
        .gives_up(LB2, 0.6)
        .dark(0.598, AFTER_S, "customer-2", "customer-3")
    )


def carrier_loss() -> HistoryBuilder:
    """lb-ext-1 loses its link for 0.8 s; a clean failover and failback, announced both times."""
    return (
        HistoryBuilder()
        .op(LinkDown(f"{LB1}.external"), 0.0, 0.8)
        .gives_up(LB1, 0.006)
        .takes(LB2, 0.36)
        .caches(0.363, gw_1=LB2, gw_2=LB2, customer_3=LB2)
        .dark(0.0, 0.363)
        .served_by(LB2, 0.363, 1.163)
        .takes(LB1, 1.16)
        .gives_up(LB2, 1.161)
        .caches(1.163, gw_1=LB1, gw_2=LB1, customer_3=LB1)
    )
