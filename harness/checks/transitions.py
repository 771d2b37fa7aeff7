"""How often mastership may change hands for one fault."""

from harness.checks._check import at, check_pairs, holds, inconclusive, limits, violated
from harness.history import History, Step
from harness.model.events import Unwired
from harness.model.limits import Limit, PairLimits
from harness.model.ops import ACTS, Drop, ServiceRestart, Signal
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair
from harness.model.units import s


@check_pairs
def transitions(history: History, step: Step, pair: Pair) -> Finding:
    """Mastership changes no more often than the fault explains."""
    if not history.tables.known(pair):
        return inconclusive("Nobody was seen to hold the VIP.")
    allowed, why = _allowed(step, limits(step, pair), died=_died(history, step, pair))
    gains = history.takeovers(pair, step.watch)
    instants = [Instant(t, f"{node} takes the VIP") for t, node in gains]
    bound = f"{allowed}: {why}"
    if not gains:
        return holds("Mastership never changed.", (), bound)
    story = ", ".join(f"{node} at {at(step, t)}" for t, node in gains)
    sentence = f"Mastership changed {len(gains)} times: {story}." if len(gains) > 1 else f"One change: {story}."
    return (violated if len(gains) > allowed else holds)(sentence, instants, bound)


def _allowed(step: Step, bounds: PairLimits, *, died: bool) -> tuple[int, str]:
    """How many changes, and the rule.

    A standby notices a loss by missing adverts. The last one it heard may be up to advert_int older than the loss, so
    only a loss shorter than master-down − advert_int cannot be noticed in any phase.
    """
    if not (died or _disturbs(step)):
        return 0, "nothing in the step disturbs the pair"
    quiet = Limit(bounds.master_down_ns - bounds.advert_int_ns, "master-down − advert_int")
    silent = not died and _silent(step)
    if silent and step.heal_ns is not None and step.heal_ns - step.first_effect_ns < quiet.ns:
        return 0, f"a silent loss of {(step.heal_ns - step.first_effect_ns) / s:.3f} s is shorter than {quiet}"
    return (2, "there and, with preempt, back") if bounds.preempt else (1, "without preempt, once")


def _died(history: History, step: Step, pair: Pair) -> bool:
    """A node of the pair ended in the step, whoever did it."""
    return any(gone.node in pair.nodes for gone in history.of(Unwired, step.window))


def _disturbs(step: Step) -> bool:
    return any(not isinstance(op.op, ACTS) or isinstance(op.op, ServiceRestart) for op in step.applied)


def _silent(step: Step) -> bool:
    """Frames or processes stop, and no kernel says so: no carrier is lost, no service ends."""
    return all(isinstance(op.op, (Drop, Signal)) for op in step.applied if op.op.__class__ not in _HARMLESS)


_HARMLESS = tuple(act for act in ACTS if act is not ServiceRestart)
