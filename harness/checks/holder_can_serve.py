"""A VIP on a node that cannot serve: keepalived that does not watch HAProxy does not see it."""

from harness.checks._check import at, check_pairs, holds, inconclusive, lasting, limits, names, violated
from harness.checks._serving import unable
from harness.history import History, Step
from harness.history.timeline import overlaps
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair


@check_pairs
def holder_can_serve(history: History, step: Step, pair: Pair) -> Finding:
    """The node that holds the VIP has HAProxy running and answering, and backends with servers, but for a bound."""
    bound = limits(step, pair).can_serve
    lame = {node: unable(history, node) for node in pair.nodes}
    blind = [node for node, intervals in lame.items() if intervals is None]
    if blind or not history.tables.known(pair):
        return inconclusive(f"Nothing is known of HAProxy on {names(blind or pair.nodes)}, or of the VIP.", (), bound)
    held = {node: overlaps(history.tables.holds(node, pair.vip), [step.watch]) for node in pair.nodes}
    found = [(both, node) for node in pair.nodes for both in overlaps(held[node], lame[node] or [])]
    if not found:
        return holds(f"Whoever held {pair.vip} could serve.", (), bound)
    worst, node = max(found, key=lambda one: one[0].length)
    sentence = (
        f"{node} held {pair.vip} for {lasting(worst.length)} from {at(step, worst.begin)} on and could not serve."
    )
    instants = [Instant(worst.begin, f"{node} cannot serve"), Instant(worst.end, "no longer, or the watch ends")]
    if worst.length > bound.ns:
        return violated(sentence, instants, bound)
    if worst.end == step.ends_ns:
        return inconclusive(f"{sentence} The watch ended with it.", instants, bound)
    return holds(sentence, instants, bound)
