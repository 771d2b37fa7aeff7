"""A request on an open connection that is neither answered nor ended: the customer sees a frozen screen."""

from typing import Final

from harness.checks._bounds import limits
from harness.checks._check import check_routers, holds, inconclusive, not_applicable, violated
from harness.checks._evidence import CONNECTED
from harness.checks._words import at, lasting, names
from harness.history import History, Step
from harness.model.outcome import Finding, Instant
from harness.model.units import s
from harness.model.virtual_router import VirtualRouter
from harness.recovery.vantage import longest_hang, waits_at_end

_WAITS_NS: Final = 1 * s
"""A request without an answer for longer than that is not just slow, as one may be on a busy machine."""


@check_routers(needs_to_hold=(CONNECTED,))
def no_hang(history: History, step: Step, router: VirtualRouter) -> Finding:
    """No keep-alive request waits longer than a bound; a request without an outcome counts as still waiting."""
    bound = limits(step, router).hang
    vantages = history.topology.asking_any(router)
    if not vantages:
        return not_applicable("No vantage point asks this pair.", (), bound)
    found = {vantage: longest_hang(history, step, vantage) for vantage in vantages}
    hangs = [(hang, vantage) for vantage, hang in found.items() if hang]
    long = [(hang, vantage) for hang, vantage in hangs if hang.length > bound.ns]
    absent = [vantage for vantage, hang in found.items() if hang is None]
    if absent and not long:
        return inconclusive(f"{', '.join(absent)} kept no connection open.", (), bound)
    longest, vantage = max(hangs, key=lambda hang: hang[0].length)
    if not long:
        said = f"The longest wait was {lasting(longest.length)}, of {vantage}."
        cut = {each: wait for each in vantages if (wait := waits_at_end(history, step, each)).length > _WAITS_NS}
        waits = [Instant(wait.begin, f"{each} waits") for each, wait in cut.items()]
        if cut:
            return inconclusive(f"{said} When the watch ended, {names(cut)} still waited.", waits, bound)
        return holds(said, (), bound)
    sentence = f"A request of {vantage} waited for {lasting(longest.length)} from {at(step, longest.begin)} on."
    instants = [Instant(hang.begin, f"{vantage} waits") for hang, vantage in long]
    return violated(sentence, instants, bound)
