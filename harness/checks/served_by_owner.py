"""Which node answered each request, compared with which node owned the VIP then."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.checks._bounds import read_late, slack
from harness.checks._check import check_vips, holds, inconclusive, not_applicable, violated
from harness.checks._evidence import ADDRESSES, PROBES
from harness.checks._words import at, names
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.outcome import Finding, Instant
from harness.model.requests import Outcome
from harness.model.virtual_router import RouterVip
from harness.recovery.vantage import due_in


@check_vips(needs=(ADDRESSES, PROBES))
def served_by_owner(history: History, step: Step, vip: RouterVip) -> Finding:
    """Every new connection is served by a node that owned the VIP while it was served."""
    vantages = history.topology.asking(vip)
    if not vantages:
        return not_applicable("No vantage point asks this pair.")
    answered = np.concatenate([_answered(history, step, vantage) for vantage in vantages])
    if not len(answered):
        return inconclusive("No answer says which balancer gave it.")
    late = slack(history, step)
    bound = read_late(late)
    numbers, owned = history.topology.numbers("balancer"), history.tables.owners(vip)
    served = {node: answered[answered["balancer"] == number] for node, number in numbers.items()}
    found = {node: _not_owned(requests, owned.get(node, []), late) for node, requests in served.items()}
    wrong = {node: requests for node, requests in found.items() if len(requests)}
    if not wrong:
        owners = names(node for node, requests in served.items() if len(requests))
        return holds(f"All {len(answered)} answers came from the owner: {owners}.", (), bound)
    first = min(int(requests["sent"].min()) for requests in wrong.values())
    count = sum(len(requests) for requests in wrong.values())
    sentence = f"{count} of {len(answered)} answers came from {names(wrong)}, not the owner, from {at(step, first)} on."
    instants = [
        Instant(int(t), f"answered by {node}") for node, requests in wrong.items() for t in requests["sent"][:5]
    ]
    return violated(sentence, instants, bound)


def _answered(history: History, step: Step, vantage: str) -> NDArray[Any]:
    """New connections that a known balancer answered."""
    requests = due_in(history.arrivals(vantage), step.watch)
    answered: NDArray[Any] = requests[(requests["outcome"] == Outcome.ok) & (requests["balancer"] > 0)]
    return answered


def _not_owned(requests: NDArray[Any], owned: list[Interval], late: int) -> NDArray[Any]:
    """Requests that were served entirely outside the intervals, whose ends were read up to `late` too late."""
    legitimate = np.zeros(len(requests), bool)
    for begin, end in owned:
        legitimate |= (requests["done"] >= begin - late) & (requests["sent"] < end + late)
    return requests[~legitimate]
