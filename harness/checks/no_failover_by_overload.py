"""A failover that follows from load moves the load: the other node fills up next (GitHub, 10 September 2012)."""

from harness.checks._bounds import allowing, limits, slack
from harness.checks._check import check_vips, holds, inconclusive, not_applicable, violated
from harness.checks._evidence import ADDRESSES, HAPROXY
from harness.checks._touch import moving
from harness.checks._words import at, names
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import HaproxySample
from harness.model.outcome import Finding, Instant
from harness.model.virtual_router import RouterVip
from harness.recovery.crowd import RECENT_NS
from harness.recovery.sessions import frontends, is_full


@check_vips(needs=(ADDRESSES,), needs_to_hold=(HAPROXY,))
def no_failover_by_overload(history: History, step: Step, vip: RouterVip) -> Finding:
    """A full frontend does not move the VIP.

    It did if a frontend of the owner was full until that node gave the VIP up, and another took it within the bound
    of a takeover.
    """
    bound = allowing(limits(step, vip.router).no_owner, slack(history, step))
    samples = [sample for each in frontends(history, vip.router, step.watch).values() for sample in each]
    if not samples:
        return inconclusive("No sample says how many sessions the frontends had.", (), bound)
    full = sorted((sample for sample in samples if is_full(sample)), key=lambda sample: sample.t)
    if not full:
        fullest = max(samples, key=lambda sample: sample.sessions / sample.session_limit)
        sentence = f"No frontend was full; at most {fullest.sessions} of {fullest.session_limit} sessions."
        return not_applicable(sentence, (), bound)
    takeovers = history.takeovers(vip, step.watch)
    moved = [(t, node) for t, node in takeovers if _by_overload(history, vip, samples, (t, node), bound.ns)]
    if not moved:
        nodes = names(sample.node for sample in full)
        return holds(f"{nodes} was full from {at(step, full[0].t)} on; the VIP did not move because of it.", (), bound)
    t, node = moved[0]
    instants = [Instant(full[0].t, f"{full[0].node} is full"), *(Instant(t, f"{n} takes the VIP") for t, n in moved)]
    before, _ = _given_up(history, vip, (t, node))
    sentence = f"{node} took the VIP at {at(step, t)}, while a frontend of {before} was full."
    if moving(history, step, vip.router):
        return inconclusive(f"{sentence} But the step touched the pair itself, too.", instants, bound)
    return violated(sentence, instants, bound)


def _by_overload(
    history: History, vip: RouterVip, samples: list[HaproxySample], takeover: tuple[int, str], within_ns: int
) -> bool:
    """Was a frontend of the owner before full when that gave the VIP up, shortly before the takeover?"""
    before, given_up = _given_up(history, vip, takeover)
    recent = Interval(given_up - RECENT_NS, given_up + 1)
    own = [sample for sample in samples if sample.node == before and recent.begin <= sample.t < recent.end]
    last = {sample.proxy: sample for sample in own}
    return takeover[0] - given_up <= within_ns and any(map(is_full, last.values()))


def _given_up(history: History, vip: RouterVip, takeover: tuple[int, str]) -> tuple[str, int]:
    """The owner before a takeover (or who had the VIP last), and when it gave the VIP up: at the takeover, at last."""
    taken, taker = takeover
    ends = {
        other: max((held.end for held in history.tables.holds(other, vip.address) if held.begin < taken), default=0)
        for other in vip.router.others(taker)
    }
    before = max(ends, key=lambda other: ends[other])
    return before, min(taken, ends[before])
