"""After two masters, one stays. Whoever listened to the other must be told: this is what went missing on June 13."""

from harness.checks._check import at, check_pairs, holds, inconclusive, limits, names, violated
from harness.history import History, Step
from harness.history.timeline import Interval, overlaps
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair


@check_pairs
def survivor_announced(history: History, step: Step, pair: Pair) -> Finding:
    """When one of two owners gives up, the other sends gratuitous ARP, within a bound of the heal."""
    bound = limits(step, pair).survivor
    dual = overlaps(history.tables.dual(pair), [step.watch])
    if not history.tables.known(pair):
        return inconclusive("Nobody was seen to hold the VIP.", (), bound)
    if not dual:
        return holds("Never did both nodes hold the VIP.", (), bound)
    if step.heal_ns is None or any(both.end >= step.ends_ns for both in dual):
        return inconclusive("Both nodes held the VIP until the watch ended.", (), bound)
    ends = [
        (both.end, history.tables.owners_at(pair, both.end), _window(step, step.heal_ns, both, bound.ns))
        for both in dual
    ]
    survivors = [(t, node, window) for t, nodes, window in ends for node in nodes]
    silent = [(t, node) for t, node, window in survivors if not history.garps(pair, node, window)]
    if silent:
        t, node = silent[0]
        sentence = f"{node} survived as the only owner at {at(step, t)} and sent no gratuitous ARP."
        return violated(sentence, [Instant(t, f"{node} is the only owner again") for t, node in silent], bound)
    instants = [Instant(t, f"{node} is the only owner again") for t, node, _ in survivors]
    return holds(f"{names(node for _, node, _ in survivors)} announced itself after the heal.", instants, bound)


def _window(step: Step, heal: int, both: Interval, bound_ns: int) -> Interval:
    """From when frames could pass again (the first release; the master may announce before its rival gives up)."""
    releases = [op.t for op in step.released]
    return Interval(max(both.begin, min([*releases, both.end])), max(heal, both.end) + bound_ns)
