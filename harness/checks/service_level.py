"""What customers are promised, per vantage point: half a network without service is not 50 % of the promise."""

from collections.abc import Iterator
from typing import NamedTuple

from harness.checks._check import check, holds, inconclusive, not_applicable, violated
from harness.checks._evidence import PROBES
from harness.checks._words import at, unsettled
from harness.history import History, Step
from harness.model.outcome import Finding, Instant
from harness.recovery.estimator import LEAST_ARRIVALS
from harness.recovery.vantage import Served, before, bound, served, served_before, unrecorded


class _Level(NamedTuple):
    """`unrecorded`: arrivals without a record. `least`: the share that must be good."""

    vantage: str
    when: str
    served: Served
    unrecorded: int
    least: float

    def __str__(self) -> str:
        missing = f" ({self.unrecorded} more left no record)" if self.unrecorded else ""
        return f"{self.vantage} was served {self.served.good} times of {self.served.of} {self.when}{missing}"

    @property
    def below(self) -> bool:
        """Is the share too low, even if all arrivals without a record were good?"""
        at_best = Served(self.served.good + self.unrecorded, self.served.of + self.unrecorded)
        return self.served.of >= LEAST_ARRIVALS and not at_best.meets(self.least)

    @property
    def unknown(self) -> bool:
        return self.unrecorded > 0 or self.served.of < LEAST_ARRIVALS


@check(needs=(PROBES,))
def service_level(history: History, step: Step) -> Finding:
    """Each vantage point is served: before the fault, and again once the pair must have settled."""
    demanded = f"before the fault {bound(step.limits.steady_share)}; once settled {bound(step.limits.recovered_share)}"
    if not history.topology.vantages:
        return not_applicable("No vantage point asks for any VIP.", (), demanded)
    if step.settled is None:
        return inconclusive(unsettled(step), (), demanded)
    levels = list(_levels(history, step))
    if below := [level for level in levels if level.below]:
        instants = [Instant(step.measured.begin, "from here on every vantage point must be served")]
        return violated("; ".join(map(str, below)) + ".", instants, demanded)
    if unknown := [level for level in levels if level.unknown]:
        said = "; ".join(map(str, unknown))
        return inconclusive(f"Too little is known ({LEAST_ARRIVALS} arrivals at least): {said}.", (), demanded)
    worst = min(levels, key=lambda level: level.served.good / level.served.of)
    return holds(f"Every vantage point was served; the worst: {worst}.", (), demanded)


def _levels(history: History, step: Step) -> Iterator[_Level]:
    for vantage in history.topology.vantages:
        if step.before.length:
            seen, missing = served_before(history, step, vantage), unrecorded(history, vantage, before(step))
            yield _Level(vantage, "before the fault", seen, missing, step.limits.steady_share)
        seen, missing = served(history, vantage, step.measured), unrecorded(history, vantage, step.measured)
        yield _Level(
            vantage,
            f"once settled, from {at(step, step.measured.begin)} on",
            seen,
            missing,
            step.limits.recovered_share,
        )
