"""Recovery split: detection (→ takeover), announcement (→ gratuitous ARP), convergence (→ cache), service (→ good)."""

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.outcome import PhasesOutcome
from harness.model.units import seconds


def phases(history: History, step: Step, vantage: str, good_ns: int | None) -> PhasesOutcome | None:
    """Of the step's first takeover, as one vantage point lived it; None if nobody took over.

    `good_ns`: when the vantage point was good again for good. A phase is None from the first one that never came.
    """
    cache = history.topology.vantages[vantage].cache
    pair = history.tables.pair_of(cache)
    takeovers = history.takeovers(pair, step.watch)
    if not takeovers:
        return None
    taken, node = takeovers[0]
    garps = history.announcements(pair, node, taken, step.ends_ns)
    announced = garps[0].t if garps else None
    taken = min([taken, *(garp.t for garp in garps[:1])])  # an address event may be read late, a frame is not
    converged = None if announced is None else _reaches(history, cache, node, Interval(taken, step.ends_ns))
    return PhasesOutcome(
        detection_s=seconds(taken - step.first_effect_ns),
        announcement_s=_since(taken, announced),
        convergence_s=_since(announced, converged),
        service_s=_since(converged, good_ns),
    )


def _reaches(history: History, cache: str, node: str, window: Interval) -> int | None:
    """When the cache first led to `node`."""
    return next((t for t, reached in history.tables.arp_changes(cache, window) if reached == node), None)


def _since(before: int | None, after: int | None) -> float | None:
    return None if before is None or after is None else seconds(max(0, after - before))
