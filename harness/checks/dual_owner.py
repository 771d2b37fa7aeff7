"""During a partition two masters are correct VRRP; after the heal they are not."""

from harness.checks._bounds import allowing, limits, slack
from harness.checks._check import check_pairs, holds, inconclusive, violated
from harness.checks._evidence import ADDRESSES
from harness.checks._words import at, lasting
from harness.history import History, Step
from harness.history.timeline import Interval, overlaps
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair


@check_pairs(needs=(ADDRESSES,))
def dual_owner(history: History, step: Step, pair: Pair) -> Finding:
    """From the heal on, both nodes hold the VIP for no longer than a bound."""
    bound = allowing(limits(step, pair).dual_owner, slack(history, step))
    dual = history.tables.dual(pair)
    if not overlaps(dual, [step.watch]):
        return holds("Never did both nodes hold the VIP.", (), bound)
    if step.heal_ns is None:
        return inconclusive("Both nodes held the VIP, and the fault outlived the step.", (), bound)
    after = overlaps(dual, [Interval(step.heal_ns, step.ends_ns)])
    longest = max(after, key=lambda both: both.length, default=Interval(step.heal_ns, step.heal_ns))
    instants = [Instant(longest.begin, "both nodes hold the VIP"), Instant(longest.end, "no longer")]
    sentence = f"From {at(step, longest.begin)} both nodes held {pair.vip} for {lasting(longest.length)}."
    if longest.length > bound.ns:
        return violated(sentence, instants, bound)
    if longest.length and longest.end == step.ends_ns:
        return inconclusive(f"{sentence} The watch ended with it.", instants, bound)
    return holds(sentence if longest.length else "Two owners ended before the heal.", instants, bound)
