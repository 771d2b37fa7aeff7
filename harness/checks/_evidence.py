"""The kinds of evidence that checks need, and what of each kind is missing in a step.

Absence of data is never a pass. Evidence is missing if an agent's serial numbers have a hole; also, in recordings
without serial numbers, if a kind of event never came or a sampler stopped.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from harness.checks._bounds import limits
from harness.checks._mastership import adverts, states
from harness.checks._serving import never_up, unheard
from harness.checks._words import at, names
from harness.history import History, Step
from harness.history.history import Requests
from harness.history.timeline import FOREVER, Interval, Timeline, gaps
from harness.model.events import (
    AddressChanged,
    AdvertSeen,
    Armed,
    ArpSeen,
    DatabaseSample,
    Event,
    FdbChanged,
    HaproxySample,
    InterfaceCounted,
    ListenSample,
    Marked,
    NeighbourChanged,
    OpApplied,
    OpReleased,
    PlanDone,
    ServiceChanged,
    VrrpDump,
    VrrpState,
)
from harness.model.limits import Limits
from harness.model.requests import Stream
from harness.model.units import s
from harness.model.virtual_router import RouterVip
from harness.recovery.crowd import RECENT_NS
from harness.recovery.vantage import due_in

DATABASE_RECENT_NS: Final = 3 * s
"""The sampler waits up to 2 s for a database that hangs (agents/services/mariadb/sampler.py), then asks again."""

Sample = TypeVar("Sample", HaproxySample, ListenSample, InterfaceCounted, DatabaseSample)
Missing = Callable[[History, Step, RouterVip], Iterator[str]]


class Evidence(NamedTuple):
    """One kind of evidence. `told_by`: the agents that emit its events. `missing`: what is missing, in plain words."""

    name: str
    told_by: tuple[str, ...]
    events: tuple[type[Event], ...]
    missing: Missing


def missing(history: History, step: Step, vips: Iterable[RouterVip], needs: Iterable[Evidence]) -> str:
    """``Missing: HAProxy samples of lb-ext-2 from +1.200 s to +9.900 s.``; "" if nothing is missing."""
    every = (STRUCTURE, *needs)
    agents = dict.fromkeys(agent for need in every for agent in need.told_by)
    holes = [_hole(history, step, agent) for agent in agents]
    lacks = [lack for vip in vips for need in every for lack in _lacks(history, step, vip, need)]
    found = dict.fromkeys(filter(None, [*holes, *lacks]))
    return f"Missing: {'; '.join(found)}." if found else ""


def _lacks(history: History, step: Step, vip: RouterVip, need: Evidence) -> tuple[str, ...]:
    """The result of `need.missing`, cached: two dozen checks need the same kinds."""
    known = _KNOWN.setdefault(history, {})
    where = (step.trial, step.name, step.first, step.window, step.watch, id(step.limits))
    key = (*where, vip.segment, vip.address, need.name)
    if key not in known:
        known[key] = CachedMissing(tuple(need.missing(history, step, vip)), step.limits)
    return known[key].words


class CachedMissing(NamedTuple):
    """`limits` is kept because its `id` is part of the key: while the object lives, no other object has that id."""

    words: tuple[str, ...]
    limits: Limits


_KNOWN: Final[WeakKeyDictionary[History, dict[tuple[object, ...], CachedMissing]]] = WeakKeyDictionary()


def _hole(history: History, step: Step, agent: str) -> str:
    """A hole in the agent's numbered events until the step's end, or a record that begins after the step began."""
    since = history.hole(agent, step.ends_ns)
    if since is not None:
        return f"events of the agent {agent} from {at(step, since)} on"
    first = history.told_since(agent)
    return f"events of the agent {agent} before {at(step, first)}" if first and first > step.began_ns else ""


def _no_structure(history: History, step: Step, _: RouterVip) -> Iterator[str]:
    """The step's own marks, and at least one op of each plan that was armed or ended in the step."""
    begun = [(mark.trial, mark.step) for mark in history.of(Marked) if mark.name == "step_begin"]
    if (step.trial, step.name) not in begun:
        yield f"the marks of step {step.name}"
    done = (each for each in history.of(PlanDone, step.window) if not each.undone)
    told: list[Armed | OpReleased | PlanDone] = [
        *history.of(Armed, step.window), *history.of(OpReleased, step.window), *done,
    ]  # fmt: skip
    applied = {op.plan for op in history.of(OpApplied)}
    yield from (f"the ops of plan {plan}" for plan in sorted({event.plan for event in told} - applied))


def _no_addresses(history: History, step: Step, vip: RouterVip) -> Iterator[str]:
    """Each node's own address, which the eye emits with the VIP; and at least one node that ever held the VIP."""
    told = {(change.node, change.ip) for change in history.of(AddressChanged, _since_ever(step.began_ns))}
    for node in vip.nodes:
        if (node, history.topology.node(node).port(vip.segment).address) not in told:
            yield f"addresses of {node}"
    if not any(held.begin < step.ends_ns for node in vip.nodes for held in history.tables.holds(node, vip.address)):
        yield f"a node that held {vip.address}"
    yield from _restarted(history, step, vip)


def _restarted(history: History, step: Step, vip: RouterVip) -> Iterator[str]:
    """An eye that starts anew has to look at everything first: until then a node seems to have no address."""
    for begin, end in history.tables.untold(vip.nodes, step.window)[:1]:
        yield f"addresses, which the observer read anew, from {at(step, begin)} to {at(step, end)}"


def _no_arp(history: History, step: Step, vip: RouterVip) -> Iterator[str]:
    seen = history.of(ArpSeen, _since_ever(step.ends_ns))
    if not any(frame.port.endswith(f".{vip.segment}") for frame in seen):
        yield f"ARP frames of segment {vip.segment}"


def _no_adverts(history: History, step: Step, vip: RouterVip) -> Iterator[str]:
    seen = adverts(history, step, vip.router, _since_ever(step.ends_ns))
    if not any(advert.port.split(".")[0] in vip.nodes for advert in seen):
        yield f"adverts of VRID {vip.router.vrid}"


def _no_neighbours(history: History, step: Step, vip: RouterVip) -> Iterator[str]:
    told = {(change.node, change.ip) for change in history.of(NeighbourChanged, _since_ever(step.began_ns))}
    for name, cache in history.tables.caches_of(vip).items():
        if cache.asked and (cache.device, vip.address) not in told:
            yield f"the ARP entry of {name}"


def _no_forwarding(history: History, step: Step, vip: RouterVip) -> Iterator[str]:
    told = {change.switch for change in history.of(FdbChanged, _since_ever(step.began_ns))}
    for switch, segment in history.topology.switches.items():
        if segment == vip.segment and switch not in told:
            yield f"the forwarding table of {switch}"


def _no_states(history: History, step: Step, vip: RouterVip) -> Iterator[str]:
    for node in vip.nodes:
        if not any(t <= step.began_ns for t, _ in states(history, step, vip.router, node)):
            yield f"keepalived's state of {node}, instance {limits(step, vip.router).vrrp[node].instance}"
    yield from _untold(history, step, vip, "keepalived")


def _untold(history: History, step: Step, vip: RouterVip, service: str) -> Iterator[str]:
    """The nodes without an event of the service. The agent's baseline has one for each service, also if it is down."""
    told = {x.node for x in history.of(ServiceChanged, _since_ever(step.began_ns)) if x.service == service}
    yield from (f"the service {service} of {node}" for node in vip.nodes if node not in told)


def _no_haproxy(history: History, step: Step, vip: RouterVip) -> Iterator[str]:
    for node in vip.nodes:
        samples = _recent(history, HaproxySample, node, step.watch)
        asked = [x.t for x in samples if x.status != "unknown" and not unheard(history, x)]
        down = _down(history, node, "haproxy")
        for lack in _unsampled(step, step.watch, asked, down):
            why = ", which could not be asked" if len(asked) < len(samples) else ""
            yield f"HAProxy samples of {node}{why}, {lack}"
    yield from _untold(history, step, vip, "haproxy")


def _no_servers(history: History, step: Step, vip: RouterVip) -> Iterator[str]:
    for node in vip.nodes:
        if backends := never_up(history, step, vip.router, node):
            yield f"a backend of {node} that was UP before the fault ({names(backends)} never was)"


def _no_queues(history: History, step: Step, vip: RouterVip) -> Iterator[str]:
    for node in vip.nodes:
        times = [sample.t for sample in _recent(history, ListenSample, node, step.watch)]
        for lack in _unsampled(step, step.watch, times, _down(history, node, "haproxy")):
            yield f"samples of the kernel's listen queues of {node}, {lack}"


def _no_counters(history: History, step: Step, vip: RouterVip) -> Iterator[str]:
    for node in vip.nodes:
        times = [sample.t for sample in _recent(history, InterfaceCounted, node, step.window)]
        if not history.topology.node(node).forwards:
            yield from (f"IP counters of {node}, {lack}" for lack in _unsampled(step, step.window, times))


def _no_database(history: History, step: Step, _: RouterVip) -> Iterator[str]:
    """Of each database in the topology."""
    for node in (node.name for node in history.topology.nodes.values() if node.kind == "database"):
        samples = _recent(history, DatabaseSample, node, step.watch, DATABASE_RECENT_NS)
        times, down = [sample.t for sample in samples], _down(history, node, "mariadb")
        for lack in _unsampled(step, step.watch, times, down, DATABASE_RECENT_NS):
            yield f"database samples of {node}, {lack}"


def _no_probes(history: History, step: Step, vip: RouterVip) -> Iterator[str]:
    """Of each vantage point that asks for the VIP: nothing stops the schedule of its probes."""
    for vantage, probes in _asked(history, vip, Stream.probe):
        times = due_in(probes, Interval(step.watch.begin - RECENT_NS, step.ends_ns))["due"].tolist()
        yield from (f"probes of {vantage}, {lack}" for lack in _unsampled(step, step.watch, times))


def _no_connected(history: History, step: Step, vip: RouterVip) -> Iterator[str]:
    """In a closed loop a customer that waits sends nothing. So only a vantage point that never sent one is missing."""
    for vantage, requests in _asked(history, vip, Stream.connected):
        if not len(due_in(requests, _since_ever(step.ends_ns))):
            yield f"keep-alive requests of {vantage}"


def _no_health(history: History, step: Step, vip: RouterVip) -> Iterator[str]:
    """Of each vantage point, unless the run's load has no health checks. One that still waits has no record."""
    if not (history.requests["stream"] == Stream.health).any():
        return
    for vantage, checks in _asked(history, vip, Stream.health):
        if not len(due_in(checks, step.window)):
            yield f"health checks of {vantage}"


def _asked(history: History, vip: RouterVip, stream: Stream) -> Iterator[tuple[str, Requests]]:
    """(vantage point, its requests on the stream) of each that asks for the VIP."""
    for vantage in history.topology.asking(vip):
        yield vantage, history.arrivals(vantage, stream)


def _recent(
    history: History, kind: type[Sample], node: str, within: Interval, recent_ns: int = RECENT_NS
) -> list[Sample]:
    """The node's samples in `within`, and those before it that were recent when it began."""
    samples = history.of(kind, Interval(within.begin - recent_ns, within.end))
    return [sample for sample in samples if sample.node == node]


def _unsampled(
    step: Step, within: Interval, times: list[int], excused: Iterable[Interval] = (), recent_ns: int = RECENT_NS
) -> Iterator[str]:
    """``from +1.200 s to +9.900 s``: the first time without a recent sample. `excused`: when the service was down."""
    covered = [*_covered(np.unique(np.array(times, np.int64)), recent_ns), *excused]
    for begin, end in gaps(covered, within)[:1]:
        since = max((t for t in times if t < begin), default=begin)
        yield f"from {at(step, since)} to {at(step, end)}"


def _covered(times: NDArray[np.int64], recent_ns: int) -> Iterator[Interval]:
    """Each series of samples without a longer pause, until its last one is no longer recent. `times`: in order."""
    for run in np.split(times, np.flatnonzero(np.diff(times) > recent_ns) + 1):
        if len(run):
            yield Interval(int(run[0]), int(run[-1]) + recent_ns)


def _down(history: History, node: str, service: str) -> list[Interval]:
    """When the node's service did not run, plus the time until its first sample is due."""
    states: Timeline[str, str] = Timeline()
    for change in history.of(ServiceChanged):
        if (change.node, change.service) == (node, service):
            states.set(service, change.t, change.state)
    return [Interval(down.begin, down.end + RECENT_NS) for down in states.intervals(service, "down")]


def _since_ever(end: int) -> Interval:
    """From the beginning of the record to `end`, including that instant."""
    return Interval(-FOREVER, end + 1)


_EYE, _SERVICE = ("eye",), ("service",)
STRUCTURE: Final = Evidence(
    "steps and ops", ("hand", "service"), (Marked, Armed, OpApplied, OpReleased, PlanDone), _no_structure
)
"""Every check needs this: when the step began and ended, and its ops. Both agents apply ops."""
ADDRESSES: Final = Evidence("addresses", _EYE, (AddressChanged,), _no_addresses)
ARP: Final = Evidence("ARP frames", _EYE, (ArpSeen,), _no_arp)
ADVERTS: Final = Evidence("VRRP adverts", _EYE, (AdvertSeen,), _no_adverts)
NEIGHBOURS: Final = Evidence("ARP entries", _EYE, (NeighbourChanged,), _no_neighbours)
FORWARDING: Final = Evidence("forwarding tables", _EYE, (FdbChanged,), _no_forwarding)
STATES: Final = Evidence("keepalived's states", _SERVICE, (VrrpState, VrrpDump, ServiceChanged), _no_states)
HAPROXY: Final = Evidence("HAProxy samples", _SERVICE, (HaproxySample, ServiceChanged), _no_haproxy)
SERVERS: Final = Evidence("backends with servers", _SERVICE, (HaproxySample,), _no_servers)
QUEUES: Final = Evidence("samples of the kernel's listen queues", _SERVICE, (ListenSample,), _no_queues)
COUNTERS: Final = Evidence("IP counters", _SERVICE, (InterfaceCounted,), _no_counters)
DATABASES: Final = Evidence("database samples", _SERVICE, (DatabaseSample,), _no_database)
PROBES: Final = Evidence("probes", (), (), _no_probes)  # records of the load workers; agents emit none
CONNECTED: Final = Evidence("keep-alive requests", (), (), _no_connected)
HEALTH: Final = Evidence("health checks", (), (), _no_health)
