"""How often mastership may change hands for one fault."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from harness.checks._bounds import limits
from harness.checks._check import check_vips, holds, violated
from harness.checks._evidence import ADDRESSES
from harness.checks._touch import moving
from harness.checks._words import at
from harness.history import History, Step
from harness.model.events import OpApplied, Unwired
from harness.model.limits import Limit, RouterLimits
from harness.model.ops import Disturbs
from harness.model.outcome import Finding, Instant
from harness.model.units import ms, s
from harness.model.virtual_router import RouterVip

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
    """How many changes are allowed, and the rule.

    A standby notices a loss by missing adverts. Its last advert may be up to advert_int older than the loss, so only a
    loss shorter than master-down − advert_int is noticed in no phase. A check of a node asks a service, or a device
    beyond the cable, and may notice a shorter one.
    """
    bounds, died, ops = limits(step, vip.router), _died(history, step, vip), moving(history, step, vip.router)
    if not died and not ops:
        return 0, "nothing in the step touches the pair"
    quiet = _quiet(bounds)
    silent = not died and all(applied.op.disturbs is Disturbs.silently for applied in ops)
    if silent and step.heal_ns is not None and step.heal_ns - step.first_effect_ns < quiet.ns:
        return 0, f"a silent loss of {(step.heal_ns - step.first_effect_ns) / s:.3f} s is shorter than {quiet}"
    times = max(1, _disturbances(ops))
    changes, why = (2, "there and, with preempt, back") if bounds.preempt else (1, "without preempt, once")
    return times * changes, why if times == 1 else f"{why}, for each of {times} disturbances"


def _disturbances(ops: Sequence[OpApplied]) -> int:
    """How many times something began, if ops that began within `TOGETHER_NS` are one."""
    begins = sorted(applied.t for applied in ops)
    return sum(later - earlier > TOGETHER_NS for earlier, later in pairwise(begins)) + bool(begins)


def _quiet(bounds: RouterLimits) -> Limit:
    """What no node can notice: neither by missing adverts, nor by a check, which fails so many times in a row."""
    adverts = Limit(bounds.master_down_ns - bounds.advert_int_ns, "master-down − advert_int")
    if bounds.noticed_ns is None or bounds.noticed_ns >= adverts.ns:
        return adverts
    return Limit(bounds.noticed_ns, "(fall − 1) × interval of the quickest check")


def _died(history: History, step: Step, vip: RouterVip) -> bool:
    """Did a node of the router end in the step, for any reason?"""
    return any(gone.node in vip.nodes for gone in history.of(Unwired, step.window))
