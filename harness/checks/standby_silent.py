"""A standby that forwards packets hides an outage: it passes frames on to the owner that a stale cache sends to it."""

from itertools import pairwise

from harness.checks._check import check_routers, holds, inconclusive, not_applicable, violated
from harness.checks._evidence import ADDRESSES, COUNTERS
from harness.checks._words import at, names
from harness.history import History, Step
from harness.history.timeline import FOREVER, Interval
from harness.model.events import InterfaceCounted
from harness.model.outcome import Finding, Instant
from harness.model.virtual_router import VirtualRouter


@check_routers(needs=(ADDRESSES, COUNTERS))
def standby_silent(history: History, step: Step, router: VirtualRouter) -> Finding:
    """A standby forwards nothing, unless forwarding is declared."""
    nodes = [node for node in router.nodes if not history.topology.node(node).forwards]
    if not nodes:
        return not_applicable(
            "Both nodes are declared to forward." if len(router.nodes) == 2 else "All nodes are declared to forward."
        )
    samples = {node: _samples(history, step, node) for node in nodes}
    wrong = [found for node in nodes for found in _forwards(history, router, samples[node])]
    if wrong:
        sentence = (
            f"{names(i.what.split()[0] for i in wrong)} forwarded as a standby, first at {at(step, wrong[0].t_ns)}."
        )
        return violated(sentence, wrong)
    unread = [node for node in nodes if len(samples[node]) < 2]
    if unread:
        return inconclusive(f"The counters of {names(unread)} were not read twice.")
    return holds(f"{names(nodes)} forwarded nothing while on standby.")


def _samples(history: History, step: Step, node: str) -> list[InterfaceCounted]:
    """The node's samples in the step, and the last one before it."""
    every = [sample for sample in history.of(InterfaceCounted, Interval(-FOREVER, step.ends_ns)) if sample.node == node]
    first = max((sample.t for sample in every if sample.t < step.began_ns), default=step.began_ns)
    return [sample for sample in every if sample.t >= first]


def _forwards(history: History, router: VirtualRouter, samples: list[InterfaceCounted]) -> list[Instant]:
    """Each sample of a standby that shows forwarding switched on, or packets forwarded since the sample before."""

    def standby(sample: InterfaceCounted) -> bool:
        return not any(sample.node in history.tables.owners_at(vip, sample.t) for vip in router.owned)

    on = [Instant(x.t, f"{x.node} has ip_forward=1") for x in samples if x.forwarding and standby(x)]
    grown = [
        Instant(b.t, f"{b.node} forwarded {b.forwarded - a.forwarded} packets")
        for a, b in pairwise(samples)
        if b.forwarded > a.forwarded and (standby(a) or standby(b))
    ]
    return sorted(on + grown, key=lambda instant: instant.t_ns)
