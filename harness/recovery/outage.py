"""The outages of one vantage point, each of its own: a failback may be a second one."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.history import History, Step
from harness.model.outcome import OutageOutcome
from harness.model.units import seconds
from harness.recovery.estimator import Outage
from harness.recovery.phases import ObservedOutage, handover_of, phases

MOST = 20  # a vantage point that flaps has thousands


def outage_outcomes(
    history: History,
    step: Step,
    vantage: str,
    outages: list[Outage],
    requests: NDArray[Any],
    *,
    since: int | None = None,
) -> tuple[OutageOutcome, ...]:
    """The outages that begin from `since` on (None: all); of more than `MOST` the first ones and the last.

    `outages`: as the estimator found them in `requests`. Phases of the first outage count from the first effect.
    """
    wanted = [number for number, outage in enumerate(outages) if since is None or outage.begin_ns >= since]
    chosen = [*wanted[: MOST - 1], *wanted[MOST - 1 :][-1:]]
    return tuple(_outcome(history, step, vantage, outages, requests, number=number) for number in chosen)


def _outcome(
    history: History, step: Step, vantage: str, outages: list[Outage], requests: NDArray[Any], *, number: int
) -> OutageOutcome:
    effect, (begin, end) = step.first_effect_ns, outages[number]
    before = outages[number - 1].end_ns if number else None
    observed = _observed(history, step, vantage, Outage(begin if number else effect, end), requests)
    handover = handover_of(history, step, observed, since=effect if before is None else before)
    return OutageOutcome(
        begin_s=seconds(begin - effect),
        end_s=None if end is None else seconds(end - effect),
        handover=handover.kind if handover else "",
        to=handover.node if handover else None,
        phases=phases(history, step, observed, handover),
    )


def _observed(history: History, step: Step, vantage: str, outage: Outage, requests: NDArray[Any]) -> ObservedOutage:
    begin, end = outage
    earlier = int(np.searchsorted(requests["due"], begin)) - 1
    before = int(requests["due"][earlier]) if earlier >= 0 else begin
    if end is None:
        return ObservedOutage(vantage, before, begin, None, step.ends_ns, None)
    first_good = requests[int(np.searchsorted(requests["due"], end))]
    nodes = {number: node for node, number in history.topology.numbers("balancer").items()}
    by = nodes.get(int(first_good["balancer"]))
    return ObservedOutage(vantage, before, begin, max(begin, end), int(first_good["done"]), by)
