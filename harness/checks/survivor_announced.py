"""After two owners one remains. Caches may have the other's MAC address: the remaining owner must announce itself.

On June 13 it did not.
"""

from harness.checks._bounds import allowing, limits, slack
from harness.checks._check import check_vips, holds, inconclusive, not_applicable, violated
from harness.checks._evidence import ADDRESSES, ARP
from harness.checks._words import at, names, rivals
from harness.history import History, Step
from harness.history.timeline import overlaps
from harness.model.outcome import Finding, Instant
from harness.model.virtual_router import RouterVip
from harness.recovery.handover import handovers


@check_vips(needs=(ADDRESSES, ARP))
def survivor_announced(history: History, step: Step, vip: RouterVip) -> Finding:
    """When one of two owners gives up, the other sends gratuitous ARP, within a bound of the heal."""
    bound = allowing(limits(step, vip.router).survivor, slack(history, step))
    dual = overlaps(history.tables.dual(vip), [step.watch])
    both = rivals(vip.nodes)
    if not dual:
        return not_applicable("No two nodes held the VIP at the same time.", (), bound)
    heal = step.heal_ns
    lasting = any(held.end >= step.ends_ns for held in dual)
    if heal is None or lasting:
        why = " until the watch ended" if lasting else ", and the fault lasted longer than the step"
        return inconclusive(f"{both.capitalize()} held the VIP{why}.", (), bound)
    survivors = [handover for handover in handovers(history, step, vip) if handover.rivalry]
    if not survivors:
        only = "only while the new owner took it over, and no fault kept its announcement away"
        return not_applicable(f"{both.capitalize()} held the VIP {only}.", (), bound)
    due = {one: max(heal, one.t) + bound.ns for one in survivors}
    silent = [one for one in survivors if one.announced(history, step, vip, due[one]) is None]
    overdue = [one for one in silent if due[one] <= step.ends_ns]
    instants = [Instant(one.t, f"{one.node} is the only owner again") for one in overdue or silent or survivors]
    if silent:
        first = silent[0]  # if any is overdue, this one is
        sentence = f"{first.node} was the only owner again at {at(step, first.t)} and sent no gratuitous ARP."
        if not overdue:
            return inconclusive(f"{sentence} The watch ended before it was due.", instants, bound)
        return violated(sentence, instants, bound)
    return holds(f"{names(one.node for one in survivors)} announced itself after the heal.", instants, bound)
