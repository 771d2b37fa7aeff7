"""What customers saw of one trial, against what the pair's own timers allow. From outside: no state is believed."""

from collections.abc import Iterator
from math import inf
from typing import Final

from harness import checks
from harness.experiment.judge import StepResult
from harness.gate.battery import GateTest, Kind
from harness.model.errors import NotMeasured
from harness.model.outcome import VantageOutcome
from harness.model.units import s
from harness.model.virtual_router import RouterVip

_WHILE: Final[dict[Kind, str]] = {"servers": "all servers were down", "overload": "the frontend was full"}


def complaints(test: GateTest, result: StepResult, victim: str) -> list[str]:
    """One sentence for each VIP whose customers fared worse than allowed.

    Raises `NotMeasured` if arrivals do not tell, or if the load did not fill the frontend.
    """
    if unknown := [name for name, seen in result.vantages.items() if seen.served is None]:
        raise NotMeasured(f"too few arrivals to judge the service of {', '.join(unknown)}")
    if test.kind == "overload" and not result.check(checks.session_limit_reached).violated:
        raise NotMeasured("the frontend was not full: the customer could not hold as many sessions")
    found: dict[str, list[tuple[float, str]]] = {}
    for name, seen in result.vantages.items():
        if worse := _of_customer(test, _vip(result, name), seen):
            found.setdefault(_vip(result, name), []).append(worse)
    worst = [max(each)[1] for each in found.values()]
    return worst + (list(_moved(result, victim, _WHILE[test.kind])) if test.kind in _WHILE else [])


def _vip(result: StepResult, vantage: str) -> str:
    return result.history.topology.vantages[vantage].vip


def _of_customer(test: GateTest, vip: str, seen: VantageOutcome) -> tuple[float, str] | None:
    """(seconds, sentence); None if it fared as allowed."""
    if not seen.served:
        return (
            inf,
            f"{vip} is not served any more: {test.about}, and {test.watch_ns / s:.1f} s later nobody is answered",
        )
    took = without_service(test, seen)
    if took <= test.bound.ns / s:
        return None
    return took, f"{vip} was without service for {took:.2f} s: {test.about}; allowed are {test.bound}"


def without_service(test: GateTest, seen: VantageOutcome) -> float:
    """Seconds in all; of what ends, from its end on. Of a return the longest outage: each move costs one.

    Not until the last bad answer: on a busy machine one comes late long after a takeover.
    """
    left = [end - max(begin, test.ends_ns / s) for begin, end in _outages(seen) if end > test.ends_ns / s]
    if test.kind == "return":
        return max(left, default=0.0)
    return max(sum(left), 0.0 if test.ends_ns else seen.bad_seconds)  # of very many outages not all are listed


def _outages(seen: VantageOutcome) -> list[tuple[float, float]]:
    """Begin and end, in seconds from the first effect, of a customer that is served in the end."""
    return [(each.begin_s, each.end_s) for each in seen.outages if each.end_s is not None]


def _moved(result: StepResult, victim: str, meanwhile: str) -> Iterator[str]:
    """No node could serve better: each move cuts the connections of other services, and cures nothing."""
    for vip in result.history.topology.vips:
        if victim in vip.nodes and not _stayed(result, vip):
            yield f"{vip.address} moved or was lost while {meanwhile}, although no node could serve better"


def _stayed(result: StepResult, vip: RouterVip) -> bool:
    """By the same owner from before the fault to the end of the watch."""
    step = result.step
    return any(
        held.begin <= step.began_ns and held.end >= step.ends_ns
        for node in vip.nodes
        for held in result.history.tables.holds(node, vip.address)
    )
