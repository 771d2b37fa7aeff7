"""A failover caused by load moves the load, and the other node fills up next (GitHub, 10 September 2012)."""

from collections.abc import Iterator

from harness.checks._bounds import allowing, slack, takeover
from harness.checks._check import check_vips, holds, inconclusive, not_applicable, violated
from harness.checks._evidence import ADDRESSES, HAPROXY
from harness.checks._touch import moving
from harness.checks._words import at, names
from harness.history import History, Step
from harness.model.events import HaproxySample
from harness.model.outcome import Finding, Instant
from harness.model.virtual_router import RouterVip
from harness.recovery.crowd import RECENT_NS
from harness.recovery.sessions import frontends, is_full


@check_vips(needs=(ADDRESSES,), needs_to_hold=(HAPROXY,))
def no_failover_by_overload(history: History, step: Step, vip: RouterVip) -> Finding:
    """A full frontend does not move the VIP.

    It did if a frontend of the owner was full until that node gave the VIP up, and another node took the VIP within
    the bound of a takeover.
    """
    bound = allowing(takeover(history, step, vip.router), slack(history, step))
    samples = [sample for each in frontends(history, vip.router, step.watch).values() for sample in each]
    if not samples:
        return inconclusive("No sample says how many sessions the frontends had.", (), bound)
    full = sorted((sample for sample in samples if is_full(sample)), key=lambda sample: sample.t)
    if not full:
        fullest = max(samples, key=lambda sample: sample.sessions / sample.session_limit)
        sentence = f"No frontend was full; at most {fullest.sessions} of {fullest.session_limit} sessions."
        return not_applicable(sentence, (), bound)
    moved = [
        (t, node, before)
        for t, node in history.takeovers(vip, step.watch)
        for before in _overloaded(history, vip, samples, (t, node), bound.ns)
    ]
    if not moved:
        nodes = names(sample.node for sample in full)
        return holds(f"{nodes} was full from {at(step, full[0].t)} on; the VIP did not move because of it.", (), bound)
    t, node, before = moved[0]
    instants = [Instant(full[0].t, f"{full[0].node} is full"), *(Instant(t, f"{n} takes the VIP") for t, n, _ in moved)]
    sentence = f"{node} took the VIP at {at(step, t)}, while a frontend of {before} was full."
    if moving(history, step, vip.router):
        return inconclusive(f"{sentence} But ops of the step touched the pair, too.", instants, bound)
    return violated(sentence, instants, bound)


def _overloaded(
    history: History, vip: RouterVip, samples: list[HaproxySample], takeover: tuple[int, str], within_ns: int
) -> Iterator[str]:
    """The last owner before a takeover, if its frontend was full when it gave the VIP up, at most `within_ns` before.

    If it still held the VIP at the takeover, it gave the VIP up then.
    """
    taken, taker = takeover
    owned = ((other, held) for other in vip.router.others(taker) for held in history.tables.holds(other, vip.address))
    if ends := [(held.end, other) for other, held in owned if held.begin < taken]:
        end, before = max(ends)
        given_up = min(taken, end)
        own = (sample for sample in samples if sample.node == before)
        last = {sample.proxy: sample for sample in own if given_up - RECENT_NS <= sample.t <= given_up}
        if taken - given_up <= within_ns and any(map(is_full, last.values())):
            yield before
