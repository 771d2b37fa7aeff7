"""A new owner must announce itself by gratuitous ARP."""

from harness.checks._bounds import limits, read_late
from harness.checks._check import check_vips, holds, inconclusive, not_applicable, violated
from harness.checks._evidence import ADDRESSES, ARP
from harness.checks._words import at, names
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.outcome import Finding, Instant
from harness.model.virtual_router import RouterVip


@check_vips(needs=(ADDRESSES, ARP))
def takeover_announced(history: History, step: Step, vip: RouterVip) -> Finding:
    """Every takeover is followed by a gratuitous ARP from the new owner, on the VIP's segment, within a bound."""
    bound = limits(step, vip.router).announced
    takeovers = history.takeovers(vip, step.watch)
    if not takeovers:
        return not_applicable("No node took over.", (), bound)
    late = read_late(max(history.lag_ns(Interval(t, t)) for t, _ in takeovers))
    told = f"{bound}; or before the takeover was read, {late}" if late else bound
    silent = [(t, node) for t, node in takeovers if not history.announcements(vip, node, t, t + bound.ns + 1)]
    early = [(t, node) for t, node in silent if t + bound.ns <= step.ends_ns]
    if early:
        sentence = f"{names(n for _, n in early)} took the VIP at {at(step, early[0][0])} and did not announce it."
        return violated(sentence, [Instant(t, f"{node} takes the VIP unannounced") for t, node in early], told)
    if silent:
        return inconclusive(
            "The watch ended before the announcement was due.", [Instant(t, "takeover") for t, _ in silent], told
        )
    instants = [Instant(t, f"{node} takes the VIP and announces it") for t, node in takeovers]
    return holds(f"{names(node for _, node in takeovers)} announced every takeover.", instants, told)
