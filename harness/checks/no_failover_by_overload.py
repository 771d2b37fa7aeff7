"""A failover that follows from load moves the load: the other node fills up next (GitHub, 10 September 2012)."""

from harness.checks._check import at, check_pairs, holds, inconclusive, names, violated
from harness.checks._touch import touches
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import HaproxySample
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair


@check_pairs
def no_failover_by_overload(history: History, step: Step, pair: Pair) -> Finding:
    """A full frontend does not move the VIP."""
    samples = [x for x in history.of(HaproxySample, step.watch) if x.node in pair.nodes and x.session_limit > 0]
    frontends = [sample for sample in samples if sample.proxy.endswith("/FRONTEND")]
    if not frontends or not history.tables.known(pair):
        return inconclusive("No sample says how many sessions the frontends had.")
    full = [sample for sample in frontends if sample.sessions >= sample.session_limit]
    if not full:
        fullest = max(frontends, key=lambda sample: sample.sessions / sample.session_limit)
        return holds(f"No frontend was full; at most {fullest.sessions} of {fullest.session_limit} sessions.")
    moved = [
        (t, node)
        for t, node in history.takeovers(pair, Interval(full[0].t, step.ends_ns))
        if any(sample.node == pair.peer(node) and sample.t < t for sample in full)
    ]
    if not moved:
        return holds(f"{names(x.node for x in full)} was full from {at(step, full[0].t)} on and kept what it had.")
    instants = [Instant(full[0].t, f"{full[0].node} is full"), *(Instant(t, f"{n} takes the VIP") for t, n in moved)]
    sentence = f"{moved[0][1]} took the VIP at {at(step, moved[0][0])}, after a frontend of {full[0].node} was full."
    if any(touches(op.op, pair, history.topology) for op in step.applied):
        return inconclusive(f"{sentence} But the step touched the pair itself, too.", instants)
    return violated(sentence, instants)
