"""A new owner must announce itself by gratuitous ARP."""

from harness.checks._alone import announcements
from harness.checks._bounds import limits, read_late, slack
from harness.checks._check import check_pairs, holds, inconclusive, not_applicable, violated
from harness.checks._evidence import ADDRESSES, ARP
from harness.checks._words import at, names
from harness.history import History, Step
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair


@check_pairs(needs=(ADDRESSES, ARP))
def takeover_announced(history: History, step: Step, pair: Pair) -> Finding:
    """Every takeover is followed by a gratuitous ARP from the new owner, on the VIP's segment, within a bound."""
    bound = limits(step, pair).announced
    late = read_late(slack(history, step))
    told = f"{bound}; or before the takeover was read, {late}" if late else bound
    takeovers = history.takeovers(pair, step.watch)
    if not takeovers:
        return not_applicable("Nobody took over.", (), told)
    silent = [each for each in takeovers if not announcements(history, step, pair, each, each[0] + bound.ns + 1)]
    early = [(t, node) for t, node in silent if t + bound.ns <= step.ends_ns]
    if early:
        sentence = f"{names(n for _, n in early)} took the VIP at {at(step, early[0][0])} and did not announce it."
        return violated(sentence, [Instant(t, f"{node} takes the VIP unannounced") for t, node in early], told)
    if silent:
        return inconclusive("The watch ended with a takeover.", [Instant(t, "takeover") for t, _ in silent], told)
    instants = [Instant(t, f"{node} takes the VIP and announces it") for t, node in takeovers]
    return holds(f"{names(node for _, node in takeovers)} announced every takeover.", instants, told)
