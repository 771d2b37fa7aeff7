"""After a failover the standby must be fit again, or the next failure is an outage."""

from collections.abc import Iterator

from harness.checks._bounds import service_late
from harness.checks._check import check_routers, holds, inconclusive, violated
from harness.checks._evidence import ADDRESSES, HAPROXY, SERVERS, STATES
from harness.checks._mastership import states
from harness.checks._serving import ALWAYS, able
from harness.checks._touch import touching
from harness.checks._words import at, lasting
from harness.history import History, Step
from harness.history.timeline import FOREVER, Interval, Timeline, gaps, overlaps, union
from harness.model.outcome import Finding, Instant
from harness.model.virtual_router import VirtualRouter


@check_routers(needs=(ADDRESSES, STATES, HAPROXY, SERVERS))
def redundancy_restored(history: History, step: Step, router: VirtualRouter) -> Finding:
    """The standby is fit before the fault, and at the end of the watch the pair would survive a second failure."""
    fit = union([interval for owner in router.nodes for interval in _redundant(history, step, router, owner)])
    if step.first and not any(one.begin < step.first_effect_ns <= one.end for one in fit):
        return violated("The standby was not fit before the fault.", [Instant(step.first_effect_ns, "the fault")])
    last = next((one for one in reversed(fit) if one.begin < step.ends_ns <= one.end), None)
    if last is None:
        lost = max((one.end for one in fit if one.begin < step.ends_ns), default=step.began_ns)
        sentence = f"From {at(step, lost)} until the watch ended the pair would not have survived a second failure."
        late = service_late(history, Interval(step.ends_ns, step.ends_ns))
        if step.ends_ns - lost <= late or any(step.ends_ns <= one.begin <= step.ends_ns + late for one in fit):
            return inconclusive(f"{sentence} The service agent read up to {lasting(late)} late then.")
        return violated(sentence, [Instant(lost, "from here on it would not have")])
    if last.begin <= step.first_effect_ns:
        return holds("The pair would have survived a second failure at any time.")
    took = lasting(last.begin - step.first_effect_ns)
    return holds(
        f"The pair would survive a second failure from {took} after the fault on.", [Instant(last.begin, "restored")]
    )


def _redundant(history: History, step: Step, router: VirtualRouter, owner: str) -> Iterator[Interval]:
    """When `owner` alone has every VIP and serves, and another node is BACKUP, able to serve and without our ops."""
    alone = overlaps([ALWAYS], able(history, step, router, owner))
    for vip in router.owned:
        others = [held for other in router.others(owner) for held in history.tables.holds(other, vip.address)]
        alone = overlaps(alone, overlaps(history.tables.holds(owner, vip.address), gaps(others, ALWAYS)))
    for standby in router.others(owner):
        fit = overlaps(alone, _standing_by(history, step, router, standby))
        untouched = _untouched(history, step, router, (owner, standby))
        yield from overlaps(overlaps(fit, able(history, step, router, standby)), untouched)


def _standing_by(history: History, step: Step, router: VirtualRouter, node: str) -> list[Interval]:
    told: Timeline[str, str | None] = Timeline()
    for t, state in states(history, step, router, node):
        told.set(node, t, state)
    return told.intervals(node, "BACKUP")


def _untouched(history: History, step: Step, router: VirtualRouter, nodes: tuple[str, str]) -> list[Interval]:
    """When no op was held on these nodes. A standby that no frame reaches still reports BACKUP: only our ops tell."""
    held = [op for op in touching(history, step, router, nodes) if op.op.held]
    return gaps(union([Interval(op.t, step.release_of(op) or FOREVER) for op in held]), ALWAYS)
