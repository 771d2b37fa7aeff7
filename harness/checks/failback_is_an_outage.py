"""The preferred node returns and takes the VIP back: customers pay for that, too, and nothing was broken any more."""

from typing import NamedTuple

from harness.checks._check import at, check_pairs, holds, inconclusive, lasting, limits, violated
from harness.history import History, Step
from harness.history.timeline import gaps
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair
from harness.model.units import s
from harness.recovery.estimator import GOOD_WITHIN_NS
from harness.recovery.handover import handovers
from harness.recovery.vantage import outages


class _Failback(NamedTuple):
    """Lengths in ns; `down`: of the longest outage of a vantage point that ended with this failback."""

    cost: int
    t: int
    gap: int
    down: int
    vantage: str


@check_pairs
def failback_is_an_outage(history: History, step: Step, pair: Pair) -> Finding:
    """The return of the preferred node costs no more than a takeover may, to the VIP and to every vantage point."""
    bound, preferred = limits(step, pair).no_owner, limits(step, pair).preferred
    if not history.tables.known(pair):
        return inconclusive("Nobody was seen to hold the VIP.", (), bound)
    returns = [h.t for h in handovers(history, step, pair) if h.node == preferred and not h.rivalry]
    if not returns:
        return holds(f"{preferred} did not take the VIP back.", (), bound)
    worst = max(_failback(history, step, pair, preferred, t) for t in returns)
    customers = f"{worst.vantage} was down for {lasting(worst.down)}" if worst.down else "no vantage point noticed"
    sentence = f"{preferred} took the VIP back at {at(step, worst.t)}: no owner for {lasting(worst.gap)}, {customers}."
    instants = [Instant(t, f"{preferred} takes the VIP back") for t in returns]
    return (violated if worst.cost > bound.ns else holds)(sentence, instants, bound)


def _failback(history: History, step: Step, pair: Pair, preferred: str, t: int) -> _Failback:
    held = [interval for node in pair.nodes for interval in history.tables.holds(node, pair.vip)]
    gap = next((gap.length for gap in gaps(held, step.watch) if gap.end == t), 0)
    vantages = [name for name, vantage in history.topology.vantages.items() if vantage.pair == pair.name]
    downs = [(_down(history, step, vantage, preferred, t), vantage) for vantage in vantages]
    down, vantage = max(downs, default=(0, ""))  # nobody asks an internal pair but servers
    return _Failback(max(gap, down), t, gap, down, vantage)


def _down(history: History, step: Step, vantage: str, preferred: str, t: int) -> int:
    """How long the vantage point's outages that ended with this failback lasted.

    They began with it: by an arrival that was under way when the VIP moved, at the earliest.
    """
    watch_s = (step.ends_ns - step.first_effect_ns) / s
    own = [
        one
        for one in outages(history, step, vantage, since=t - history.lag_ns(step.watch) - GOOD_WITHIN_NS)
        if (one.handover, one.to) == ("takeover", preferred)
    ]
    return round(max(((watch_s if one.end_s is None else one.end_s) - one.begin_s for one in own), default=0) * s)
