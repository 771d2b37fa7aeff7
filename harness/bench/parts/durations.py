"""Asked and achieved: how long each fault that has a duration is really in force, by the agents' own stamps.

Of each injection the part counts that was furthest from what was asked. What the agents cannot do now is tried again
for a while: the fault before may have left a service that is still starting.
"""

import time
from collections.abc import Iterator
from typing import Final

from harness.bench import vocabulary
from harness.bench.figures import Bound, Figure, exactly, figure, quantiles
from harness.bench.part import Bench, Part
from harness.bench.temporary_lab import temporary_lab
from harness.lab.achieved import Ledger
from harness.lab.feed import Feed
from harness.lab.lab import Lab
from harness.model.errors import HarnessError, NotMeasured
from harness.model.ops import Plan
from harness.model.outcome import FaultOutcome
from harness.model.units import ms, s

DURATIONS: Final = (200 * ms, 1 * s)
"""The first one that the fault takes: a power cut lasts until the kernel has forgotten."""
OFTENER: Final = {"blackhole": 7.5}
"""300 where the others have 40."""
STATISTICS: Final = {"p50": 0.5, "p95": 0.95, "max": 1.0}
OF_NETWORK: Final = (Bound("p50", most=0.1), Bound("p95", most=1))
OUTLIER_MS: Final = 1.0
_PATIENCE_S: Final = 20.0
_AGAIN_S: Final = 0.5


def measure(bench: Bench) -> Iterator[Figure]:
    with temporary_lab(bench.lab, "databases"):
        for name in filter(vocabulary.lasting, vocabulary.arguments()):
            yield _figure(bench, name, round(bench.count * OFTENER.get(name, 1)))


def _figure(bench: Bench, name: str, count: int) -> Figure:
    """One that could not be measured is a figure of its own, whose bound is not met."""
    bench.say(f"{name}: {count} times")
    try:
        duration, plan = _plan(name)
        off = list(_errors_ms(bench.lab, plan, count))
    except HarnessError as error:
        bench.say(f"{name} was not measured: {error}")
        return figure(f"{name}: not measured", 1, "", {"measured": 0}, exactly("measured", 1))
    for number, each in enumerate(off, 1):
        if each > OUTLIER_MS:
            bench.say(f"{name}: {each:.2f} ms off, number {number} of {count}")
    return of(name, duration, plan, off)


def of(name: str, duration: int, plan: Plan, off: list[float]) -> Figure:
    """`off`: ms between asked and achieved. Only what the network agent does alone has bounds."""
    bounds = OF_NETWORK if {part.op.agent for part in plan.parts} == {"network-agent"} else ()
    values = {f"over {OUTLIER_MS:.0f} ms": sum(each > OUTLIER_MS for each in off)} | quantiles(off, STATISTICS)
    return figure(f"{name}, {duration // ms} ms asked", len(off), "ms", values, *bounds)


def _plan(name: str) -> tuple[int, Plan]:
    """Raises `NotMeasured` for a fault that takes none of the durations."""
    refused = ""
    for duration in DURATIONS:
        try:
            return duration, vocabulary.planned(name, duration)
        except NotMeasured as error:
            refused = str(error)
    raise NotMeasured(refused)


def _errors_ms(lab: str, plan: Plan, count: int) -> Iterator[float]:
    ledger = Ledger()
    feed = Feed(ledger.take)
    with Lab(lab, feed.take) as opened:
        opened.watch("hand", "service")
        opened.lease(vocabulary.targets(plan), plan)
        for _ in range(count):
            yield furthest_ms(_injected(opened, plan, ledger, feed))
        opened.undo()


def _injected(lab: Lab, plan: Plan, ledger: Ledger, feed: Feed) -> FaultOutcome:
    """Raises what the last attempt raised."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return _once(lab, plan, ledger, feed)
        except HarnessError:
            if time.monotonic() > deadline:
                raise
            lab.undo()
            time.sleep(_AGAIN_S)


def _once(lab: Lab, plan: Plan, ledger: Ledger, feed: Feed) -> FaultOutcome:
    number = lab.arm(plan)
    feed.wait("the fault's begin", lambda: ledger.unapplied(number, plan), _PATIENCE_S)
    feed.wait("the fault's end", lambda: ledger.unreleased(number, plan), _PATIENCE_S)
    return feed.read(lambda: ledger.outcome(number, plan))


def furthest_ms(outcome: FaultOutcome) -> float:
    """Raises `NotMeasured` if no part has both."""
    told = ((part.achieved_s, part.asked_s) for part in outcome.parts)
    off = [abs(achieved - asked) * 1000 for achieved, asked in told if achieved is not None and asked is not None]
    if not off:
        raise NotMeasured("no part of it has a duration that was asked and one that was achieved")
    return max(off)


def seconds(count: int) -> float:
    """Also of the lab."""
    return 60 + count * 35 * 0.8


PART = Part("asked and achieved, of every fault that has a duration", 40, seconds, measure)
