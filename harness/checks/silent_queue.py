"""Clients can wait in the kernel's listen queue before a full frontend. HAProxy's own figures do not show them."""

from typing import Final

import numpy as np

from harness.checks._check import check_routers, holds, inconclusive, not_applicable, violated
from harness.checks._evidence import HAPROXY, QUEUES
from harness.checks._words import at
from harness.history import History, Step
from harness.history.timeline import Interval, gaps
from harness.model.events import HaproxySample, ListenSample
from harness.model.outcome import Finding, Instant
from harness.model.units import s
from harness.model.virtual_router import VirtualRouter
from harness.recovery.crowd import RECENT_NS
from harness.recovery.listening import Wait, waits
from harness.recovery.sessions import BACKEND, fill

WAITS_NS: Final = s  # a client waits if it takes longer
BOUND: Final = "1 s"


@check_routers(needs_to_hold=(HAPROXY, QUEUES))
def silent_queue(history: History, step: Step, router: VirtualRouter) -> Finding:
    """When clients wait before a balancer, a queue of HAProxy shows them."""
    if any(sample.node in router.nodes for sample in history.of(ListenSample, step.window)):
        return _kernel(history, step, router)
    return _customers(history, step, router)


def _kernel(history: History, step: Step, router: VirtualRouter) -> Finding:
    """By the kernel's queues. HAProxy must have been sampled meanwhile."""
    found = [wait for wait in waits(history, router, step.watch) if wait.longest_ns >= WAITS_NS]
    if not found:
        return not_applicable("No client waited for long in the kernel's queues.", (), BOUND)
    silent = [wait for wait in found if not _queued(history, wait.node, wait.interval)]
    if not silent:
        first = found[0]
        queued = _queued(history, first.node, first.interval)
        sentence = f"{_sentence(step, first)}, and {first.node} showed up to {queued} in its queue."
        return holds(sentence, _instants(found), BOUND)
    sampled = [wait for wait in silent if _sampled(history, wait.node, wait.interval)]
    worst = max(sampled or silent, key=lambda wait: wait.most)
    if not sampled:
        return inconclusive(
            f"{_sentence(step, worst)}, and HAProxy was not sampled all the time.", _instants(silent), BOUND
        )
    return violated(f"{_sentence(step, worst)}, and HAProxy's queue was empty.", _instants(sampled), BOUND)


def _sentence(step: Step, wait: Wait) -> str:
    turned = f", {wait.turned_away} were turned away" if wait.turned_away else ""
    clients = f"From {at(step, wait.interval.begin)} on up to {wait.most} clients"
    return f"{clients} waited in the kernel's queue of {wait.node}, port {wait.port}{turned}"


def _instants(found: list[Wait]) -> list[Instant]:
    return [Instant(wait.interval.begin, f"{wait.node} accepts more slowly than clients come") for wait in found]


def _customers(history: History, step: Step, router: VirtualRouter) -> Finding:
    """For a recording without samples of the kernel's queues: by the customers that waited for a full frontend."""
    filled = fill(history, router, step.watch)
    if filled is None or filled.full is None:
        return inconclusive("No frontend was seen full.", (), BOUND)
    node, full = filled.peak.node, Interval(filled.full, step.ends_ns)
    waited, queued = _waited(history, router, full), _queued(history, node, full)
    if not waited:
        return inconclusive(f"{node} was full, but no customer that came then waited for long.", (), BOUND)
    if queued or not _sampled(history, node, full):
        return inconclusive(f"{waited} customers waited, and {node} showed up to {queued} in its queue.", (), BOUND)
    sentence = (
        f"From {at(step, filled.full)} on {waited} customers waited before {node}, and HAProxy's queue was empty."
    )
    return violated(sentence, [Instant(filled.full, f"{node} is full")], BOUND)


def _waited(history: History, router: VirtualRouter, full: Interval) -> int:
    """Requests due while the frontend was full that took longer than `WAITS_NS`, answered or given up."""
    numbers = [history.topology.vantage_numbers[each] for each in history.topology.asking_any(router)]
    requests = history.requests
    due = (requests["due"] >= full.begin) & (requests["due"] < full.end)
    chosen = requests[due & np.isin(requests["vantage"], numbers)]
    return int((chosen["done"] - chosen["due"] >= WAITS_NS).sum())


def _queued(history: History, node: str, window: Interval) -> int:
    """The largest number of sessions that a backend of `node` showed as waiting for a server."""
    samples = history.of(HaproxySample, window)
    return max((x.queued for x in samples if x.node == node and x.proxy.endswith(BACKEND)), default=0)


def _sampled(history: History, node: str, window: Interval) -> bool:
    """Was a sample of HAProxy recent at every instant of the window?"""
    times = [sample.t for sample in history.of(HaproxySample) if sample.node == node and sample.status != "unknown"]
    return not gaps([Interval(t, t + RECENT_NS) for t in times], window)
