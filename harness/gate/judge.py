"""What customers saw of one trial, against what the pair's own timers allow. From outside: no state is believed."""

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Final

import numpy as np

from harness import checks
from harness.busyness import STOLEN, WAITED
from harness.experiment.judge import StepResult
from harness.gate.battery import GateTest, Kind
from harness.history.machine import load_of
from harness.history.timeline import Interval
from harness.model.errors import NotMeasured, TooBusy
from harness.model.events import MachineSampled
from harness.model.load import PROBE
from harness.model.outcome import VantageOutcome
from harness.model.requests import Outcome
from harness.model.units import s
from harness.model.virtual_router import RouterVip
from harness.recovery import vantage_outcomes
from harness.recovery.estimator import good
from harness.recovery.machine import is_busy, words

BUSY: Final = "the machine was too busy"
_STAYS: Final[tuple[Kind, ...]] = ("servers", "overload")
"""No node could serve better: each move cuts the connections of other services, and cures nothing."""


def complaints(test: GateTest, result: StepResult, victim: str) -> list[str]:
    """What failed, then each VIP whose customers fared worse than allowed, in one line; empty if none did.

    Raises `NotMeasured` if arrivals do not tell, if the load did not fill the frontend, or if the node did not return;
    of it `TooBusy` if the machine was too busy in the step, or busy enough to make right answers late, and without
    those no VIP fared worse.
    """
    if unknown := [name for name, seen in result.vantages.items() if seen.served is None]:
        raise NotMeasured(f"too few arrivals to judge the service of {', '.join(unknown)}")
    if test.kind == "overload" and not result.check(checks.session_limit_reached).violated:
        raise NotMeasured("the frontend was not full: the customer could not hold as many sessions")
    late = list(told(test, _too_long(test, result, result.vantages)))
    said = late + (list(_moved(result, victim)) if test.kind in _STAYS else [])
    if said and (busy := _spoilt(test, result, slow=said == late)):
        raise TooBusy(f"{busy}; seen: {said[0]}")
    if test.kind == "return" and not said and (away := _not_taken_back(result, victim)):
        raise NotMeasured(f"{victim} did not take {_listed(away)} back within the watch: its return was not seen")
    whole = "; ".join(said)
    return [f"{whole}." if test.kind == "rest" else f"{test.about}: {whole}"] if said else []


def told(test: GateTest, took: Mapping[str, float]) -> Iterator[str]:
    """`took`: VIP that fared badly → seconds without service of the customer that waited longest; inf: to the end."""
    lost = [vip for vip, each in took.items() if each == inf]
    if lost:
        after = (
            "" if test.kind == "rest" else f"{test.watch_ns / s:.1f} s {'after the end' if test.ends_ns else 'later'} "
        )
        yield f"{after}{_listed(lost)} {'is' if len(lost) == 1 else 'are'} not served"
    slow = [f"{vip} was without service for {each:.2f} s" for vip, each in took.items() if each < inf]
    if slow:
        yield f"{', '.join(slow)}; allowed are {test.bound}"


def _listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _too_long(test: GateTest, result: StepResult, vantages: Mapping[str, VantageOutcome]) -> dict[str, float]:
    """VIP that fared worse than allowed → seconds without service of the customer that waited longest."""
    found: dict[str, float] = {}
    for name, seen in vantages.items():
        vip = result.history.topology.vantages[name].vip
        found[vip] = max(found.get(vip, 0.0), without_service(test, seen) if seen.served else inf)
    return {vip: each for vip, each in found.items() if each > test.bound.ns / s}


def _spoilt(test: GateTest, result: StepResult, *, slow: bool) -> str:
    """Why it may be the machine's, by the kernel's figures; "" if it is the pair's. `slow`: nothing but service is.

    Seen beside a second gate: served from the takeover on, and for a second of it after 0.15 to 0.5 s.
    """
    load = result.history.machine(Interval(result.step.began_ns, result.step.ends_ns))
    if load is None:
        return ""
    if any(share and share.mean > most for share, most in ((load.stolen, STOLEN), (load.waited, WAITED))):
        return f"{BUSY} ({', '.join(words(load))})"
    late = load_of(_while_late(result)) if slow else None
    if late and is_busy(late, throughout=True) and not _too_long(test, result, _patient(result)):
        return f"{BUSY} for answers, which were right and late ({', '.join(words(late))} meanwhile)"
    return ""


def _while_late(result: StepResult) -> list[MachineSampled]:
    """The samples of the times in which a right answer was late."""
    step, history = result.step, result.history
    every = [history.arrivals(vantage) for vantage in result.vantages]
    requests = np.concatenate([each[(each["due"] >= step.began_ns) & (each["due"] < step.ends_ns)] for each in every])
    late = requests[(requests["outcome"] == Outcome.ok) & ~good(requests)]
    samples = history.of(MachineSampled, Interval(step.began_ns, step.ends_ns))
    return [each for each in samples if ((late["due"] < each.t) & (late["done"] > each.t - each.period_ns)).any()]


def _patient(result: StepResult) -> dict[str, VantageOutcome]:
    """As if each right answer were good, however late."""
    return vantage_outcomes(result.history, result.step, PROBE.read_timeout_ns)


def without_service(test: GateTest, seen: VantageOutcome) -> float:
    """Seconds in all; of what ends, from its end on. Of a return the longest outage: each move costs one.

    Not until the last bad answer: on a busy machine one comes late long after a takeover.
    """
    left = [end - max(begin, test.ends_ns / s) for begin, end in _outages(seen) if end > test.ends_ns / s]
    if test.kind == "return":
        return max(left, default=0.0)
    return max(sum(left), seen.bad_seconds - test.ends_ns / s)  # of very many outages not all are listed


def before_end(test: GateTest, seen: VantageOutcome) -> float:
    """Seconds without service until what ends has ended: `without_service` does not count them."""
    ends, every = test.ends_ns / s, ((each.begin_s, each.end_s) for each in seen.outages)
    return sum(max(0.0, (ends if end is None else min(end, ends)) - begin) for begin, end in every)


def _outages(seen: VantageOutcome) -> list[tuple[float, float]]:
    """Begin and end, in seconds from the first effect, of a customer that is served in the end."""
    return [(each.begin_s, each.end_s) for each in seen.outages if each.end_s is not None]


def _not_taken_back(result: StepResult, victim: str) -> list[str]:
    """VIPs that the node takes back when it returns, and did not have in the end."""
    step, tables = result.step, result.history.tables
    mine = (vip for vip in result.history.topology.vips if step.limits.routers[vip.router.name].takes_back == victim)
    return [vip.address for vip in mine if victim not in tables.owners_at(vip, step.ends_ns - 1)]


def _moved(result: StepResult, victim: str) -> Iterator[str]:
    for vip in result.history.topology.vips:
        if victim in vip.nodes and not _stayed(result, vip):
            yield f"{vip.address} moved or was lost, although no node could serve better"


def _stayed(result: StepResult, vip: RouterVip) -> bool:
    """By the same owner from before the fault to the end of the watch."""
    step = result.step
    return any(
        held.begin <= step.began_ns and held.end >= step.ends_ns
        for node in vip.nodes
        for held in result.history.tables.holds(node, vip.address)
    )
