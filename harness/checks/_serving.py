"""Can a node serve? Its HAProxy runs and answers, its frontends listen, its backends have servers.

Only backends count that had servers before the fault, on any node of the router: a site's configuration may name
backends with servers that are not in the lab.
"""

from collections.abc import Iterator
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from harness.checks._bounds import service_late
from harness.history import History, Step
from harness.history.timeline import FOREVER, Interval, Timeline, gaps, overlaps, union
from harness.model.events import HaproxySample, ServiceChanged
from harness.model.requests import Outcome
from harness.model.units import ms
from harness.model.virtual_router import VirtualRouter
from harness.recovery.crowd import RECENT_NS
from harness.recovery.sessions import BACKEND, FRONTEND

_PATIENCE_NS: Final = 500 * ms
"""The service agent's timeout, after which it reports HAProxy as silent (agents/services/haproxy/runtime.py)."""
ALWAYS: Final = Interval(-FOREVER, FOREVER)
DEAD: Final = {"silent", "refused"}
"""Statuses of a sample without an answer. ``unknown`` is not one: the agent could not reach HAProxy's socket."""


def unable(history: History, step: Step, router: VirtualRouter, node: str) -> list[Interval]:
    """When `node` could not serve, by its HAProxy process and its samples."""
    samples = [interval for interval, works in _samples(history, step, router, node) if works is False]
    return union([*_not_running(history, node), *samples])


def able(history: History, step: Step, router: VirtualRouter, node: str) -> list[Interval]:
    """When `node` could serve, by its samples. Between `able` and `unable` it is unknown."""
    samples = [interval for interval, works in _samples(history, step, router, node) if works]
    return overlaps(union(samples), gaps(_not_running(history, node), ALWAYS))


def never_up(history: History, step: Step, router: VirtualRouter, node: str) -> list[str]:
    """The node's backends, if none was UP before the fault: then they cannot show whether it serves; or empty."""
    named = {x.proxy for x in history.of(HaproxySample, step.window) if x.node == node and x.proxy.endswith(BACKEND)}
    return [] if named & _with_servers(history, step, router) else sorted(name.removesuffix(BACKEND) for name in named)


def unheard(history: History, sample: HaproxySample) -> bool:
    """Was HAProxy reported silent, and may it have been well all the same? Then the sample says nothing.

    While the agent was late by half its timeout, the answer may have been there. And a HAProxy that answered a customer
    in the second half of it lives: its runtime API has connections of its own, ten unless ``stats maxconn`` says more.
    """
    asked = Interval(sample.t - _PATIENCE_NS, sample.t)
    if sample.status != "silent":
        return False
    half = _PATIENCE_NS // 2
    return service_late(history, asked) >= half or _answered(history, sample.node, Interval(sample.t - half, sample.t))


def _answered(history: History, node: str, within: Interval) -> bool:
    """Did the node give a customer the right answer in this time?"""
    known = _ANSWERS.setdefault(history, {})
    if node not in known:
        requests, number = history.requests, history.topology.numbers("balancer").get(node, 0)
        rightly = (requests["balancer"] == number) & (requests["outcome"] == Outcome.ok) & (number > 0)
        known[node] = np.sort(requests["done"][rightly])
    first, end = np.searchsorted(known[node], within)
    return bool(first < end)


_ANSWERS: Final[WeakKeyDictionary[History, dict[str, NDArray[np.int64]]]] = WeakKeyDictionary()
"""Node → when it answered customers, in order: there are dozens of samples a second."""


def _with_servers(history: History, step: Step, router: VirtualRouter) -> set[str]:
    """The backends that were UP in the steady state of the step's trial, on any node of the router."""
    steady = _steady(history, step)
    before = [x for x in history.of(HaproxySample, steady) if x.node in router.nodes and x.proxy.endswith(BACKEND)]
    return {sample.proxy for sample in before if _serves(sample)}


def _steady(history: History, step: Step) -> Interval:
    """From the begin of the trial's first step, and `RECENT_NS` before it, to its first effect."""
    name = next((name for trial, name in history.steps if trial == step.trial), None)
    first = step if name is None else history.step(step.trial, name)
    return Interval(first.began_ns - RECENT_NS, first.first_effect_ns)


def _not_running(history: History, node: str) -> list[Interval]:
    """When HAProxy's process was down or stopped. That is a state: it lasts until the next event."""
    runs: Timeline[str, bool] = Timeline()
    for change in history.of(ServiceChanged):
        if (change.node, change.service) == (node, "haproxy"):
            runs.set(node, change.t, change.state == "up")
    return runs.intervals(node, False)


def _samples(history: History, step: Step, router: VirtualRouter, node: str) -> Iterator[tuple[Interval, bool | None]]:
    """Each sample with the time for which it counts: until the next one, for `RECENT_NS` at most."""
    own = [sample for sample in history.of(HaproxySample) if sample.node == node and not unheard(history, sample)]
    judged = _with_servers(history, step, router)
    told = [(t, _works(list(proxies), judged)) for t, proxies in groupby(own, attrgetter("t"))]
    for (t, works), (following, _) in pairwise([*told, (FOREVER, None)]):
        yield Interval(t, min(following, t + RECENT_NS)), works


def _works(proxies: list[HaproxySample], judged: set[str]) -> bool | None:
    """None: HAProxy could not be asked, or it has backends, but none that is judged."""
    first, *_ = proxies
    if not first.proxy:
        return False if first.status in DEAD else None
    backends = {proxy.proxy for proxy in proxies if proxy.proxy.endswith(BACKEND)}
    works = all(_serves(proxy) for proxy in proxies if proxy.proxy not in backends - judged)
    return None if works and backends and not backends & judged else works


def _serves(proxy: HaproxySample) -> bool:
    """A full frontend still serves its sessions."""
    if proxy.proxy.endswith(FRONTEND):
        return proxy.status in {"OPEN", "FULL"}
    return not proxy.proxy.endswith(BACKEND) or proxy.status.startswith("UP")
