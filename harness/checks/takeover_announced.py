"""A takeover that nobody hears of is none."""

from harness.checks._check import at, check_pairs, holds, inconclusive, limits, names, violated
from harness.history import History, Step
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair


@check_pairs
def takeover_announced(history: History, step: Step, pair: Pair) -> Finding:
    """Every takeover is followed by a gratuitous ARP from the new owner, on the VIP's segment, within a bound."""
    bound = limits(step, pair).announced
    takeovers = history.takeovers(pair, step.watch)
    silent = [(t, node) for t, node in takeovers if not _announced(history, pair, node, t, bound.ns)]
    early = [(t, node) for t, node in silent if t + bound.ns <= step.ends_ns]
    if early:
        sentence = (
            f"{names(node for _, node in early)} took the VIP at {at(step, early[0][0])} and did not announce it."
        )
        return violated(sentence, [Instant(t, f"{node} takes the VIP in silence") for t, node in early], bound)
    if silent:
        return inconclusive("The watch ended with a takeover.", [Instant(t, "takeover") for t, _ in silent], bound)
    if not takeovers:
        return holds("Nobody took over.", (), bound)
    instants = [Instant(t, f"{node} takes the VIP and announces it") for t, node in takeovers]
    return holds(f"{names(node for _, node in takeovers)} announced every takeover.", instants, bound)


def _announced(history: History, pair: Pair, node: str, t: int, within: int) -> bool:
    return bool(history.announcements(pair, node, t, t + within + 1))
