"""The bounds of a pair in a step, and the slack that they get because the observer reads late."""

from typing import Final

from harness.history import History, Step
from harness.model.limits import Limit, PairLimits
from harness.model.topology import Pair
from harness.model.units import ms, s

NEGLIGIBLE_NS: Final = 10 * ms
"""An observer that is never late reports some 5 ms: it polls no more often."""


def limits(step: Step, pair: Pair) -> PairLimits:
    return step.limits.pairs[pair.name]


def slack(history: History, step: Step) -> int:
    """How late the eye read in this step, at most, in ns.

    The eye stamps addresses, ARP entries and forwarding entries when it reads them: up to so much after they changed,
    never before. Frames carry the kernel's stamps and are not late.
    """
    return history.lag_ns(step.window)


def allowing(limit: Limit, slack_ns: int) -> Limit:
    """`limit` plus the slack. The formula names the slack unless it is negligible."""
    told = read_late(slack_ns)
    formula = f"{limit.formula or f'{limit.ns / s:g} s'}, plus {told}" if told else limit.formula
    return Limit(limit.ns + slack_ns, formula)


def read_late(slack_ns: int) -> str:
    """``0.050 s by which the observer read late``; "" if it is negligible."""
    return f"{slack_ns / s:.3f} s by which the observer read late" if slack_ns > NEGLIGIBLE_NS else ""
