"""After two masters, one stays. Whoever listened to the other must be told: this is what went missing on June 13."""

from harness.checks._check import at, check_pairs, holds, inconclusive, limits, names, violated
from harness.history import History, Step
from harness.history.timeline import overlaps
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair
from harness.recovery.handover import handovers


@check_pairs
def survivor_announced(history: History, step: Step, pair: Pair) -> Finding:
    """When one of two owners gives up, the other sends gratuitous ARP, within a bound of the heal."""
    bound = limits(step, pair).survivor
    dual = overlaps(history.tables.dual(pair), [step.watch])
    if not history.tables.known(pair):
        return inconclusive("Nobody was seen to hold the VIP.", (), bound)
    if not dual:
        return holds("Never did both nodes hold the VIP.", (), bound)
    heal = step.heal_ns
    if heal is None or any(both.end >= step.ends_ns for both in dual):
        return inconclusive("Both nodes held the VIP until the watch ended.", (), bound)
    survivors = [handover for handover in handovers(history, step, pair) if handover.rivalry]
    if not survivors:
        return holds("Both nodes held the VIP only while the new owner, free to be heard, took it over.", (), bound)
    silent = [one for one in survivors if one.announced(history, step, pair, max(heal, one.t) + bound.ns) is None]
    instants = [Instant(one.t, f"{one.node} is the only owner again") for one in silent or survivors]
    if silent:
        first = silent[0]
        sentence = f"{first.node} survived as the only owner at {at(step, first.t)} and sent no gratuitous ARP."
        return violated(sentence, instants, bound)
    return holds(f"{names(one.node for one in survivors)} announced itself after the heal.", instants, bound)
