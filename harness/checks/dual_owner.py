"""During a partition two masters are correct in VRRP; after the heal they are not."""

from harness.checks._bounds import allowing, decides, limits, slack
from harness.checks._check import check_vips, holds, inconclusive, violated
from harness.checks._evidence import ADDRESSES
from harness.checks._words import at, lasting, names, rivals
from harness.history import History, Step
from harness.history.timeline import Interval, overlaps
from harness.model.outcome import Finding, Instant
from harness.model.virtual_router import RouterVip


@check_vips(needs=(ADDRESSES,))
def dual_owner(history: History, step: Step, vip: RouterVip) -> Finding:
    """From the heal on, two nodes hold the VIP for no longer than a bound."""
    bound = allowing(limits(step, vip.router).dual_owner, slack(history, step))
    dual, both = history.tables.dual(vip), rivals(vip.nodes)
    if not overlaps(dual, [step.watch]):
        return holds("No two nodes held the VIP at the same time.", (), bound)
    if step.heal_ns is None:
        return inconclusive(f"{both.capitalize()} held the VIP, and the fault lasted longer than the step.", (), bound)
    after = overlaps(dual, [Interval(step.heal_ns, step.ends_ns)])
    none = Interval(step.heal_ns, step.heal_ns)
    longest = max(after, key=lambda dual: decides(step, dual, bound), default=none)
    owners = both if len(vip.nodes) == 2 else names(history.tables.owners_at(vip, longest.begin))
    instants = [Instant(longest.begin, f"{owners} hold the VIP"), Instant(longest.end, "no longer")]
    sentence = f"From {at(step, longest.begin)} {owners} held {vip.address} for {lasting(longest.length)}."
    if longest.length > bound.ns:
        return violated(sentence, instants, bound)
    if longest.end == step.ends_ns:
        return inconclusive(f"{sentence} It lasted until the watch ended.", instants, bound)
    return holds(sentence if longest.length else "Two owners ended before the heal.", instants, bound)
