"""When the preferred node returns and takes the VIP back, customers may lose service a second time."""

from collections.abc import Iterator
from typing import NamedTuple

from harness.checks._bounds import allowing, limits, slack, takeover
from harness.checks._check import check_vips, holds, inconclusive, not_applicable, violated
from harness.checks._evidence import ADDRESSES, ARP, PROBES
from harness.checks._words import at, lasting
from harness.history import History, Step
from harness.history.timeline import gaps
from harness.model.outcome import Finding, Instant, OutageOutcome
from harness.model.units import s
from harness.model.virtual_router import RouterVip
from harness.recovery.handover import handovers
from harness.recovery.vantage import outages


class _Failback(NamedTuple):
    """Lengths in ns. `gap`: time without an owner, by two address events, either of which may have been read late.

    `down`: the longest outage of a vantage point since the failback, by its own stamps. `cost`: the larger one.
    `over`: each such outage ended within the watch.
    """

    cost: int
    t: int
    gap: int
    down: int
    vantage: str
    over: bool


@check_vips(needs=(ADDRESSES, ARP, PROBES))
def failback_is_an_outage(history: History, step: Step, vip: RouterVip) -> Finding:
    """The return of the preferred node costs no more than a takeover may, to the VIP and to every vantage point."""
    bound, preferred = takeover(history, step, vip.router), limits(step, vip.router).takes_back
    if preferred is None:
        return not_applicable("No node takes the VIP back: equal priorities, or nopreempt.", (), bound)
    returns = [h.t for h in handovers(history, step, vip) if h.node == preferred and not h.rivalry]
    if not returns:
        return not_applicable(f"{preferred} did not take the VIP back.", (), bound)
    every = [_failback(history, step, vip, preferred, t) for t in returns]
    worst = max(every)
    customers = f"{worst.vantage} was down for {lasting(worst.down)}" if worst.down else "no vantage point noticed"
    sentence = f"{preferred} took the VIP back at {at(step, worst.t)}: no owner for {lasting(worst.gap)}, {customers}."
    instants = [Instant(t, f"{preferred} takes the VIP back") for t in returns]
    told = bound if worst.cost == worst.down else allowing(bound, slack(history, step))
    if worst.cost > bound.ns:
        return violated(sentence, instants, told)
    if not all(each.over for each in every):
        return inconclusive(f"{sentence} An outage since then lasted until the watch ended.", instants, told)
    return holds(sentence, instants, told)


def _failback(history: History, step: Step, vip: RouterVip, preferred: str, t: int) -> _Failback:
    gap = sum(gap.length for gap in gaps(history.tables.owned(vip), step.watch) if gap.end == t)
    vantages = history.topology.asking(vip)
    ours = {each: list(_outages(history, step, each, preferred)) for each in vantages}
    downs = [(_longest(step, own, t), each) for each, own in ours.items()]
    down, vantage = max(downs, default=(0, ""))  # only servers ask for an internal VIP
    over = all(one.end_s is not None for own in ours.values() for one in own)
    return _Failback(max(gap - slack(history, step), down), t, gap, down, vantage, over)


def _outages(history: History, step: Step, vantage: str, preferred: str) -> Iterator[OutageOutcome]:
    """Those that ended with the return of the preferred node, or have not ended since."""
    every = outages(history, step, vantage, since=step.began_ns)
    return (one for one in every if (one.handover, one.to) == ("takeover", preferred))


def _longest(step: Step, found: list[OutageOutcome], t: int) -> int:
    """How long the vantage point was down after `t`, in ns.

    An outage may have begun before `t`, for another reason: that part does not count.
    """
    since_s, watch_s = ((instant - step.first_effect_ns) / s for instant in (t, step.ends_ns))
    lengths = ((watch_s if one.end_s is None else one.end_s) - max(one.begin_s, since_s) for one in found)
    return round(max([0, *lengths]) * s)
