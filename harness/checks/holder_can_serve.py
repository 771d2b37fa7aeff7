"""The VIP may stay on a node whose HAProxy cannot serve: without a track_script keepalived does not notice."""

from harness.checks._bounds import allowing, decides, limits, slack_of_both, too_late
from harness.checks._check import check_vips, holds, inconclusive, violated
from harness.checks._evidence import ADDRESSES, HAPROXY, SERVERS
from harness.checks._serving import unable
from harness.checks._words import at, lasting
from harness.history import History, Step
from harness.history.timeline import overlaps
from harness.model.outcome import Finding, Instant
from harness.model.virtual_router import RouterVip


@check_vips(needs=(ADDRESSES,), needs_to_hold=(HAPROXY, SERVERS))
def holder_can_serve(history: History, step: Step, vip: RouterVip) -> Finding:
    """The node that holds the VIP has HAProxy running and answering, and backends with servers, except for a bound."""
    can_serve = limits(step, vip.router).can_serve
    bound, late = allowing(can_serve, slack_of_both(history, step)), too_late(history, step, can_serve)
    held = {node: overlaps(history.tables.holds(node, vip.address), [step.watch]) for node in vip.nodes}
    found = [
        (both, node) for node in vip.nodes for both in overlaps(held[node], unable(history, step, vip.router, node))
    ]
    if not found:
        return inconclusive(late, (), bound) if late else holds(f"Each owner of {vip.address} could serve.", (), bound)
    worst, node = max(found, key=lambda one: decides(step, one[0], bound))
    sentence = (
        f"{node} held {vip.address} for {lasting(worst.length)} from {at(step, worst.begin)} on and could not serve."
    )
    instants = [Instant(worst.begin, f"{node} cannot serve"), Instant(worst.end, "no longer, or the watch ends")]
    if worst.length > bound.ns:
        return violated(sentence, instants, bound)
    if worst.end == step.ends_ns:
        return inconclusive(f"{sentence} It lasted until the watch ended.", instants, bound)
    return inconclusive(f"{sentence} {late}", instants, bound) if late else holds(sentence, instants, bound)
