"""The VIP may stay on a node whose HAProxy cannot serve: without a track_script keepalived does not notice."""

from harness.checks._bounds import allowing, limits, slack_of_both, too_late
from harness.checks._check import check_pairs, holds, inconclusive, violated
from harness.checks._evidence import ADDRESSES, HAPROXY, SERVERS
from harness.checks._serving import unable
from harness.checks._words import at, lasting
from harness.history import History, Step
from harness.history.timeline import overlaps
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair


@check_pairs(needs=(ADDRESSES,), needs_to_hold=(HAPROXY, SERVERS))
def holder_can_serve(history: History, step: Step, pair: Pair) -> Finding:
    """The node that holds the VIP has HAProxy running and answering, and backends with servers, but for a bound."""
    can_serve = limits(step, pair).can_serve
    bound, late = allowing(can_serve, slack_of_both(history, step)), too_late(history, step, can_serve)
    held = {node: overlaps(history.tables.holds(node, pair.vip), [step.watch]) for node in pair.nodes}
    found = [(both, node) for node in pair.nodes for both in overlaps(held[node], unable(history, step, pair, node))]
    if not found:
        return inconclusive(late, (), bound) if late else holds(f"Whoever held {pair.vip} could serve.", (), bound)
    worst, node = max(found, key=lambda one: one[0].length)
    sentence = (
        f"{node} held {pair.vip} for {lasting(worst.length)} from {at(step, worst.begin)} on and could not serve."
    )
    instants = [Instant(worst.begin, f"{node} cannot serve"), Instant(worst.end, "no longer, or the watch ends")]
    if worst.length > bound.ns:
        return violated(sentence, instants, bound)
    if worst.end == step.ends_ns:
        return inconclusive(f"{sentence} The watch ended with it.", instants, bound)
    return inconclusive(f"{sentence} {late}", instants, bound) if late else holds(sentence, instants, bound)
