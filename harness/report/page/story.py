"""One trial of a history → what happened, as instants in order: the minute in which a reader understands it. Pure."""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from harness.history import History
from harness.history.timeline import Interval
from harness.model.events import DatabaseSample, HaproxySample, ServiceChanged
from harness.model.ops import RIGHT_INDEX
from harness.model.outcome import StepOutcome
from harness.model.units import s
from harness.model.virtual_router import RouterVip
from harness.report.page.trial import Recorded

MOST: Final = 60
LAST: Final = 15
_CENSORED: Final = "; whether it ended before the watch did is not known"

Tone = Literal["fault", "pair", "cache", "bad", "good"]


class Moment(NamedTuple):
    """`t` in ns of the history."""

    t: int
    tone: Tone
    text: str


class Story(NamedTuple):
    """`left_out`: so many moments between `begin` and `end` are not told."""

    begin: tuple[Moment, ...]
    left_out: int
    end: tuple[Moment, ...]


def story(history: History, trial: Recorded, steps: tuple[StepOutcome, ...]) -> Story:
    """`steps`: as they were judged; without them no vantage point's outages are told."""
    found = [
        *_faults(trial),
        *(each for vip in history.topology.vips for each in _owners(history, trial, vip)),
        *_caches(history, trial),
        *_forwarders(history, trial),
        *_customers(trial, steps),
        *_balancers(history, trial),
        *_databases(history, trial),
        *_services(history, trial),
    ]
    moments = tuple(sorted(found, key=lambda moment: moment.t))  # of one instant in the order above
    if len(moments) <= MOST:
        return Story(moments, 0, ())
    return Story(moments[: MOST - LAST], len(moments) - MOST, moments[-LAST:])


def _faults(trial: Recorded) -> Iterator[Moment]:
    begun = {(op.plan, op.part, repr(op.op)): op.t for step in trial.steps for op in (*step.inherited, *step.applied)}
    for step in trial.steps:
        for op in step.applied:
            yield Moment(op.t, "fault", f"{op.op} {'begins' if op.op.held else 'is done'}")
        for end in step.released:
            since = begun.get((end.plan, end.part, repr(end.op)))
            lasted = "" if since is None else f", after {(end.t - since) / s:.3f} s"
            yield Moment(end.t, "fault", f"{end.op} ends{lasted}")


def _owners(history: History, trial: Recorded, vip: RouterVip) -> Iterator[Moment]:
    window = Interval(trial.window.begin + 1, trial.window.end)
    for t, node in history.takeovers(vip, window):
        owners = history.tables.owners_at(vip, t)
        both = f": {' and '.join(owners)} have it now" if len(owners) > 1 else ""
        yield Moment(t, "pair", f"{node} takes {vip.address}{both}")
    for node, intervals in history.tables.owners(vip).items():
        for held in intervals:
            if window.begin < held.end < window.end:
                left = history.tables.owners_at(vip, held.end)
                yield Moment(held.end, "pair", f"{node} gives {vip.address} up: {_have(left)} it now")
    for node in vip.nodes:
        if said := history.garps(vip, node, window):
            yield Moment(said[0].t, "pair", _announced(node, len(said), vip.address))


def _have(nodes: list[str]) -> str:
    return f"{nodes[0]} has" if len(nodes) == 1 else f"{' and '.join(nodes)} have" if nodes else "no node has"


def _announced(node: str, many: int, address: str) -> str:
    first = "a gratuitous ARP" if many == 1 else f"the first of {many} gratuitous ARPs"
    return f"{node} sends {first} for {address}"


def _caches(history: History, trial: Recorded) -> Iterator[Moment]:
    for name, cache in history.tables.caches.items():
        of = "" if name == f"{cache.device} {cache.vip.address}" else f" for {cache.vip.address}"
        for t, node in history.tables.arp_changes(cache, trial.window)[1:]:
            yield Moment(t, "cache", f"the entry of {name}{of} leads to {node or 'no node'}")


def _forwarders(history: History, trial: Recorded) -> Iterator[Moment]:
    """Of GLBP groups: which gateway forwards for a virtual MAC address."""
    told = history.tables.forwarders
    for group in history.topology.glbp.values():
        for number in told.seen(group):
            for t, gateways in told.changes(group, number, trial.window)[1:]:
                if gateways is not None:
                    by = f"{' and '.join(gateways) or 'no gateway'} {'forward' if len(gateways) > 1 else 'forwards'}"
                    yield Moment(t, "cache", f"{by} for {group.vmac(number)}, forwarder {number} of {group.name}")


def _customers(trial: Recorded, steps: tuple[StepOutcome, ...]) -> Iterator[Moment]:
    for step, judged in zip(trial.steps, steps, strict=False):
        for vantage, seen in judged.vantages.items():
            for outage in seen.outages:
                begin = step.first_effect_ns + round(outage.begin_s * s)
                if outage.end_s is None:
                    until = f" from here to the end of {judged.name}" if seen.state == "down" else _CENSORED
                    yield Moment(begin, "bad", f"{vantage} is dark{until}")
                    continue
                yield Moment(begin, "bad", f"{vantage} is dark")
                end = step.first_effect_ns + round(outage.end_s * s)
                yield Moment(end, "good", f"{vantage} is served again, after {outage.end_s - outage.begin_s:.3f} s")


def _balancers(history: History, trial: Recorded) -> Iterator[Moment]:
    full: dict[tuple[str, str], bool] = {}
    for e in history.of(HaproxySample, trial.window):
        if not e.proxy.endswith("/FRONTEND") or not e.session_limit:
            continue
        key, now = (e.node, e.proxy), e.sessions >= e.session_limit
        if now and not full.get(key):
            proxy = e.proxy.removesuffix("/FRONTEND")
            yield Moment(e.t, "bad", f"{e.node} is full: {e.sessions} of {e.session_limit} sessions of {proxy}")
        full[key] = now


def _databases(history: History, trial: Recorded) -> Iterator[Moment]:
    plans: dict[str, str] = {}
    for e in history.of(DatabaseSample, trial.window):
        if e.plan and plans.setdefault(e.node, e.plan) != e.plan:
            plans[e.node] = e.plan
            yield Moment(e.t, "good" if e.plan == RIGHT_INDEX else "bad", f"{e.node} reads by the index {e.plan}")


def _services(history: History, trial: Recorded) -> Iterator[Moment]:
    for e in history.of(ServiceChanged, trial.window):
        yield Moment(e.t, "good" if e.state == "up" else "bad", f"{e.service} of {e.node} is {e.state}")
