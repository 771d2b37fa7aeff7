"""What customers saw of one trial, against what the pair's own timers allow. From outside: no state is believed."""

from collections.abc import Iterator
from math import inf

from harness.experiment.judge import StepResult
from harness.gate.battery import GateTest
from harness.model.errors import NotMeasured
from harness.model.outcome import VantageOutcome
from harness.model.units import s
from harness.model.virtual_router import RouterVip


def complaints(test: GateTest, result: StepResult, victim: str) -> list[str]:
    """One sentence for each VIP whose customers fared worse than allowed.

    Raises `NotMeasured` if arrivals do not tell.
    """
    if unknown := [name for name, seen in result.vantages.items() if seen.served is None]:
        raise NotMeasured(f"too few arrivals to judge the service of {', '.join(unknown)}")
    found: dict[str, list[tuple[float, str]]] = {}
    for name, seen in result.vantages.items():
        if worse := _of_customer(test, _vip(result, name), seen):
            found.setdefault(_vip(result, name), []).append(worse)
    worst = [max(each)[1] for each in found.values()]
    return worst + (list(_moved(result, victim)) if test.kind == "servers" else [])


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
    """Seconds, as the test's kind counts them, of a customer that is served in the end.

    Of a return: the longest outage that began after it, since the takeover before is another test's.
    """
    if test.kind == "rest":
        return seen.bad_seconds
    if test.kind == "takeover":
        return seen.recovery_s or 0.0
    if test.kind in ("servers", "partition"):
        return seen.recovery_from_heal_s or 0.0
    returned = _duration_s(test)
    later = [each for each in seen.outages if each.begin_s >= returned and each.end_s is not None]
    return max(((each.end_s or 0.0) - each.begin_s for each in later), default=0.0)


def _duration_s(test: GateTest) -> float:
    duration = getattr(test.fault, "duration", None)
    assert isinstance(duration, int), "a node returns after a duration"
    return duration / s


def _moved(result: StepResult, victim: str) -> Iterator[str]:
    """No node could serve: each move cuts the connections of other services, and cures nothing."""
    for vip in result.history.topology.vips:
        if victim in vip.nodes and not _stayed(result, vip):
            yield f"{vip.address} moved or was lost while all servers were down, although no node could serve better"


def _stayed(result: StepResult, vip: RouterVip) -> bool:
    """By the same owner from before the fault to the end of the watch."""
    step = result.step
    return any(
        held.begin <= step.began_ns and held.end >= step.ends_ns
        for node in vip.nodes
        for held in result.history.tables.holds(node, vip.address)
    )
