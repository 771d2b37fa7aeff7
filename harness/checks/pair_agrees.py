"""What can be seen at the balancers themselves: keepalived's state, its vipset, the kernel's address, the adverts.

On June 13 these agreed all the time: monitoring of the balancers alone does not notice that outage.
"""

from itertools import pairwise

from harness.checks._bounds import allowing, limits, slack_of_both, too_late
from harness.checks._check import check_routers, holds, inconclusive, violated
from harness.checks._evidence import ADDRESSES, ADVERTS, STATES
from harness.checks._mastership import Parts, contradicted, opinions, parts
from harness.checks._words import at, lasting, names
from harness.history import History, Step
from harness.history.timeline import FOREVER, Interval, overlaps, union
from harness.model.outcome import Finding, Instant
from harness.model.virtual_router import VirtualRouter


@check_routers(needs=(ADDRESSES, ADVERTS, STATES))
def pair_agrees(history: History, step: Step, router: VirtualRouter) -> Finding:
    """On each node keepalived's state and vipset, the kernel's address and the adverts agree, except for a bound."""
    agreement = limits(step, router).agreement
    bound = allowing(agreement, slack_of_both(history, step))
    told = {node: parts(history, step, router, node) for node in router.nodes}
    unknown = [node for node in router.nodes if "keepalived" not in opinions(told[node], step.ends_ns)]
    if unknown:
        return inconclusive(f"At the end keepalived's state was unknown on {names(unknown)}.", (), bound)
    found = [(node, each) for node in router.nodes for each in _disagreements(history, step, router, node, told[node])]
    long = [(node, each) for node, each in found if each.length > bound.ns]
    if long:
        node, worst = max(long, key=lambda one: one[1].length)
        said = _said(node, told[node], worst.begin)
        sentence = f"{said}, for {lasting(worst.length)} from {at(step, worst.begin)} on."
        return violated(sentence, [Instant(each.begin, _said(n, told[n], each.begin)) for n, each in long], bound)
    if late := too_late(history, step, agreement):
        return inconclusive(late, (), bound)
    longest = max((each.length for _, each in found), default=0)
    return holds(f"On {names(router.nodes)} all parts agreed, but for {lasting(longest)} at most.", (), bound)


def _disagreements(history: History, step: Step, router: VirtualRouter, node: str, told: Parts) -> list[Interval]:
    """When, inside the step, the node's parts differed."""
    changes = sorted({t for part in told.known() for t, _ in told.changes(part)})
    differing = [Interval(a, b) for a, b in pairwise([*changes, FOREVER]) if len(set(opinions(told, a).values())) > 1]
    return overlaps(union(differing + contradicted(history, step, router, node)), [step.window])


_MASTER = {"keepalived": "keepalived said MASTER", "adverts": "adverts were sent"}
_NOT_MASTER = {"keepalived": "keepalived did not say MASTER", "adverts": "no adverts were sent"}


def _said(node: str, told: Parts, t: int) -> str:
    """``lb-ext-2: keepalived said MASTER but the VIP was not configured and no adverts were sent``."""
    said = opinions(told, t)
    master = [_MASTER.get(part, f"{part} was configured") for part, is_master in said.items() if is_master]
    not_master = [
        _NOT_MASTER.get(part, f"{part} was not configured") for part, is_master in said.items() if not is_master
    ]
    if not master or not not_master:
        return f"{node}: keepalived's dump contradicted the kernel about the VIP"
    return f"{node}: {names(master)}, but {names(not_master)}"
