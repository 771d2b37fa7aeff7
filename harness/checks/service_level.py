"""What customers are promised. Never averaged across vantage points: half a network in the dark is not 50 %."""

from collections.abc import Iterator
from typing import NamedTuple

from harness.checks._check import check, holds, inconclusive, violated
from harness.checks._evidence import REQUESTS
from harness.checks._words import names
from harness.history import History, Step
from harness.model.outcome import Finding, Instant
from harness.recovery.vantage import Served, served, served_before


class _Level(NamedTuple):
    vantage: str
    when: str
    served: Served
    least: float

    def __str__(self) -> str:
        return f"{self.vantage} was served {self.served.good} times of {self.served.of} {self.when}"


@check(needs=(REQUESTS,))
def service_level(history: History, step: Step) -> Finding:
    """Each vantage point is served: before the fault, and again once the pair must have settled."""
    bound = f"{step.limits.steady_share:.1%} before the fault, {step.limits.recovered_share:.1%} once settled"
    if step.settled is None:
        return inconclusive("The watch ended before the pair had to be settled.", (), bound)
    levels = list(_levels(history, step))
    below = [level for level in levels if not level.served.meets(level.least)]
    if below:
        instants = [Instant(step.measured.begin, "from here on every vantage point counts")]
        return violated("; ".join(map(str, below)) + ".", instants, bound)
    idle = [level.vantage for level in levels if not level.served.of]
    if idle:
        return inconclusive(f"{names(idle)} sent nothing to judge by.", (), bound)
    worst = min(levels, key=lambda level: level.served.good / level.served.of)
    return holds(f"Every vantage point was served; the worst: {worst}.", (), bound)


def _levels(history: History, step: Step) -> Iterator[_Level]:
    for vantage in history.topology.vantages:
        if step.before.length > 0:
            before = served_before(history, step, vantage)
            yield _Level(vantage, "before the fault", before, step.limits.steady_share)
        yield _Level(vantage, "once settled", served(history, vantage, step.measured), step.limits.recovered_share)
