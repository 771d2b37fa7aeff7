"""How long the VIP has no owner while mastership changes."""

from harness.checks._bounds import allowing, decides, planned_takeover, slack, synced_with, takeover
from harness.checks._check import check_vips, holds, inconclusive, violated
from harness.checks._evidence import ADDRESSES, ADVERTS
from harness.checks._mastership import adverts
from harness.checks._noticing import on_their_way, stops_adverts
from harness.checks._words import at, lasting
from harness.history import History, Step
from harness.history.timeline import Interval, gaps
from harness.model.limits import Limit
from harness.model.ops import AnyOp
from harness.model.outcome import Finding, Instant
from harness.model.units import ms
from harness.model.virtual_router import RouterVip, VirtualRouter


@check_vips(needs=(ADDRESSES, ADVERTS))
def no_owner(history: History, step: Step, vip: RouterVip) -> Finding:
    """The VIP is without an owner at most as long as a takeover takes; after a planned stop, as long as the skew."""
    late = slack(history, step)
    without = gaps(history.tables.owned(vip), step.watch)
    if not without:
        return holds("The VIP had an owner all the time.", (), allowing(takeover(history, step, vip.router), late))
    judged = [(gap, allowing(_bound(history, step, vip, gap), late)) for gap in without]
    worst, bound = max(judged, key=lambda gap: decides(step, *gap))
    sentence = f"From {at(step, worst.begin)} no node held {vip.address} for {lasting(worst.length)}."
    instants = [Instant(worst.begin, "the VIP has no owner"), Instant(worst.end, "it has one, or the watch ends")]
    if worst.length > bound.ns:
        return violated(sentence, instants, bound)
    if worst.end == step.ends_ns:
        return inconclusive(f"{sentence} It lasted until the watch ended.", instants, bound)
    return holds(sentence, instants, bound)


def _bound(history: History, step: Step, vip: RouterVip, gap: Interval) -> Limit:
    """An advert of priority 0 says that the master stops on purpose (RFC 5798 section 6.4.3).

    An instance of a sync group whose master resigned waits for the others, whose master may have fallen silent without
    such an advert. Where a fault of ours may have kept it from the standbys, they wait as for a silence.
    """
    around = Interval(gap.begin - 100 * ms - slack(history, step), gap.begin + 100 * ms)
    group = synced_with(history, step, vip.router)
    resigned = [any(advert.priority == 0 for advert in adverts(history, step, each, around)) for each in group]
    heard = all(resigned) and not any(_kept_away(history, step, each, around) for each in group)
    return (planned_takeover if heard else takeover)(history, step, vip.router)


def _kept_away(history: History, step: Step, router: VirtualRouter, around: Interval) -> bool:
    """May a fault have been in force then that keeps adverts of the router from a node?"""

    def stops(op: AnyOp) -> bool:
        cut = op.blocks is not None and not op.blocks.announced and on_their_way(history, step, router, op)
        return cut or stops_adverts(history, step, router, op)

    return any(stops(op.op) and Interval(op.t, step.release_of(op) or step.ends_ns) & around for op in step.in_force)
