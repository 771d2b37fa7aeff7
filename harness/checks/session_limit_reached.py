"""At its session limit a frontend accepts no client: new clients wait in the kernel's queue. July 22's alarm."""

from harness.checks._check import check_routers, holds, inconclusive, violated
from harness.checks._evidence import HAPROXY
from harness.checks._words import at
from harness.history import History, Step
from harness.model.outcome import Finding, Instant
from harness.model.virtual_router import VirtualRouter
from harness.recovery.sessions import fill


@check_routers(needs_to_hold=(HAPROXY,))
def session_limit_reached(history: History, step: Step, router: VirtualRouter) -> Finding:
    """No frontend has as many sessions as it may have."""
    filled = fill(history, router, step.watch)
    if filled is None:
        return inconclusive("No sample says how many sessions the frontends had.")
    limit = f"{filled.peak.session_limit} sessions"
    if filled.full is None:
        return holds(f"At most {filled.peak.sessions} of {limit}.", (), limit)
    sentence = f"{filled.peak.node} had all of its {limit} from {at(step, filled.full)} on."
    return violated(sentence, [Instant(filled.full, f"{filled.peak.node} is full")], limit)
