"""Customers wait, and no figure of the balancer's says so: they are in the kernel's queue, before its frontend."""

from typing import Final

import numpy as np

from harness.checks._check import at, check_pairs, holds, inconclusive, violated
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import HaproxySample
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair
from harness.model.units import s
from harness.recovery.sessions import BACKEND, fill

WAITS_NS: Final = s  # longer than that is waiting


@check_pairs
def silent_queue(history: History, step: Step, pair: Pair) -> Finding:
    """Where customers wait for a full frontend, a queue of the balancer's shows them."""
    filled = fill(history, pair, step.watch)
    if filled is None:
        return inconclusive("No sample says how many sessions the frontends had.")
    if filled.full is None:
        return holds("No frontend was full.")
    full = Interval(filled.full, step.ends_ns)
    waited = _waited(history, pair, full)
    queued = max((x.queued for x in _backends(history, filled.peak.node, full)), default=0)
    if not waited:
        return inconclusive(f"{filled.peak.node} was full, but no customer that came then has waited for long.")
    if queued:
        return holds(f"{waited} customers waited, and {filled.peak.node} showed up to {queued} in its queue.")
    sentence = f"From {at(step, filled.full)} on {waited} customers waited, and {filled.peak.node} had nobody queued."
    return violated(sentence, [Instant(filled.full, f"{filled.peak.node} is full")])


def _waited(history: History, pair: Pair, full: Interval) -> int:
    """Requests due while the frontend was full that took longer than `WAITS_NS`, answered or given up."""
    vantages = history.topology.vantages.values()
    numbers = [history.topology.vantage_numbers[each.node] for each in vantages if each.pair == pair.name]
    requests = history.requests
    due = (requests["due"] >= full.begin) & (requests["due"] < full.end)
    chosen = requests[due & np.isin(requests["vantage"], numbers)]
    return int((chosen["done"] - chosen["due"] >= WAITS_NS).sum())


def _backends(history: History, node: str, window: Interval) -> list[HaproxySample]:
    samples = history.of(HaproxySample, window)
    return [sample for sample in samples if sample.node == node and sample.proxy.endswith(BACKEND)]
