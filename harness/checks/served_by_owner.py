"""Who answered, joined to who owned."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.checks._check import at, check_pairs, holds, inconclusive, names, violated
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.outcome import Finding, Instant
from harness.model.requests import Outcome
from harness.model.topology import Pair
from harness.model.units import ms
from harness.recovery.vantage import due_in

EVENT_DELAY_NS = 20 * ms
"""An address event is stamped at most this much after the kernel acted on the address."""


@check_pairs
def served_by_owner(history: History, step: Step, pair: Pair) -> Finding:
    """Every new connection is served by a node that owned the VIP while it was served."""
    vantages = [v.node for v in history.topology.vantages.values() if v.pair == pair.name]
    if not vantages:
        return inconclusive("No vantage point asks this pair.")
    answered = np.concatenate([_answered(history, step, vantage) for vantage in vantages])
    if not len(answered):
        return inconclusive("No answer says which balancer gave it.")
    numbers = history.topology.numbers("balancer")
    served = {node: answered[answered["balancer"] == number] for node, number in numbers.items()}
    strays = {node: _stray(requests, history.tables.holds(node, pair.vip)) for node, requests in served.items()}
    wrong = {node: requests for node, requests in strays.items() if len(requests)}
    if not wrong:
        return holds(
            f"All {len(answered)} answers came from the owner: {names(n for n, r in served.items() if len(r))}."
        )
    first = min(int(requests["sent"].min()) for requests in wrong.values())
    count = sum(len(requests) for requests in wrong.values())
    sentence = f"{count} of {len(answered)} answers came from {names(wrong)}, not the owner, from {at(step, first)} on."
    instants = [
        Instant(int(t), f"answered by {node}") for node, requests in wrong.items() for t in requests["sent"][:5]
    ]
    return violated(sentence, instants)


def _answered(history: History, step: Step, vantage: str) -> NDArray[Any]:
    """Answered new connections of which the balancer is known."""
    requests = due_in(history.arrivals(vantage), step.watch)
    answered: NDArray[Any] = requests[(requests["outcome"] == Outcome.ok) & (requests["balancer"] > 0)]
    return answered


def _stray(requests: NDArray[Any], owned: list[Interval]) -> NDArray[Any]:
    """Those that were served entirely outside the intervals."""
    legitimate = np.zeros(len(requests), bool)
    for begin, end in owned:
        legitimate |= (requests["done"] >= begin - EVENT_DELAY_NS) & (requests["sent"] < end + EVENT_DELAY_NS)
    return requests[~legitimate]
