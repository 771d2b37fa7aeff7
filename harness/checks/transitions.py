"""How often mastership may change hands for one fault."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from harness.checks._bounds import limits
from harness.checks._check import check_vips, holds, violated
from harness.checks._evidence import ADDRESSES
from harness.checks._noticing import noticed
from harness.checks._touch import moving, reach, touches
from harness.checks._words import at
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import OpApplied, OpReleased, Unwired
from harness.model.ops import Disturbs
from harness.model.outcome import Finding, Instant
from harness.model.units import ms
from harness.model.virtual_router import RouterVip, VirtualRouter
from harness.recovery.interference import since_trial_began

TOGETHER_NS: Final = 250 * ms
"""Parts of one fault: two agents begin up to 50 ms apart, a power cut's acts come 0.2 s after it."""


@check_vips(needs=(ADDRESSES,))
def transitions(history: History, step: Step, vip: RouterVip) -> Finding:
    """Mastership changes no more often than the faults that touch the pair can explain."""
    allowed, why = _allowed(history, step, vip)
    gains = history.takeovers(vip, step.watch)
    instants = [Instant(t, f"{node} takes the VIP") for t, node in gains]
    bound = f"{allowed}: {why}"
    if not gains:
        return holds("Mastership never changed.", (), bound)
    story = ", ".join(f"{node} at {at(step, t)}" for t, node in gains)
    sentence = f"Mastership changed {len(gains)} times: {story}." if len(gains) > 1 else f"One change: {story}."
    return (violated if len(gains) > allowed else holds)(sentence, instants, bound)


def _allowed(history: History, step: Step, vip: RouterVip) -> tuple[int, str]:
    """How many changes are allowed, and the rule. A node that ended is noticed, whatever ended it."""
    found, why = noticed(history, step, vip.router, moving(history, step, vip.router))
    if not found and not _died(history, step, vip) and not _lately(history, step, vip.router):
        return 0, why or "nothing in the step touches the pair"
    times, back = max(1, _disturbances(found)), limits(step, vip.router).preempt
    changes, rule = (2, "there and, with preempt, back") if back else (1, "without preempt, once")
    return times * changes, rule if times == 1 else f"{rule}, for each of {times} disturbances"


def _lately(history: History, step: Step, router: VirtualRouter) -> bool:
    """Did an op of an earlier step of the trial end so shortly before this one that the pair need not have settled?"""
    begin = max(step.began_ns - step.limits.settle_ns, since_trial_began(history, step).begin)
    before, reached = Interval(min(begin, step.began_ns), step.began_ns), reach(history, step, router)
    acts = (act for act in history.of(OpApplied, before) if not act.op.held and not act.error)
    ended = [*(act.op for act in acts), *(released.op for released in history.of(OpReleased, before))]
    return any(op.disturbs is not Disturbs.announcements and touches(op, reached) for op in ended)


def _disturbances(ops: Sequence[OpApplied]) -> int:
    """How many times something began, if ops that began within `TOGETHER_NS` are one."""
    begins = sorted(applied.t for applied in ops)
    return sum(later - earlier > TOGETHER_NS for earlier, later in pairwise(begins)) + bool(begins)


def _died(history: History, step: Step, vip: RouterVip) -> bool:
    """Did a node of the router end in the step, for any reason?"""
    return any(gone.node in vip.nodes for gone in history.of(Unwired, step.window))
