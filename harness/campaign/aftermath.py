"""What a schedule has left of a pair: watched until no announcement is due, as the model waits for it."""

from typing import Final

from harness.experiment import StepResult, Trial
from harness.experiment.run import QUIET_NS
from harness.faults import Fault
from harness.history.timeline import Interval
from harness.model.errors import NotMeasured
from harness.model.units import ms, s
from harness.model.virtual_router import RouterVip

HARMS: Final = ("no owner", "several owners", "wrong cache", "dark")
"""How a sentence of `wrong` begins."""

LEAST: Final = 1 * s
MARGIN: Final = 200 * ms
SERVED: Final = 10 * s  # HAProxy's health checks bring a server back within it, and hung requests time out


def aftermath(trial: Trial, fault: Fault, router: str | None = None) -> str:
    """What is wrong for good when all is over; "": one owner of each VIP, each cache in use leads to it, all served.

    The watch lasts until the pair must be at rest. After a takeover, the second burst of gratuitous ARP is awaited too,
    and the next periodic one if something is wrong then. If that is all well, customers who are not served yet are
    watched for `SERVED` more.
    """
    step = trial.step("schedule", fault, watch=_settle_ns(trial))
    vips = step.history.topology.virtual_router(router).owned
    within = Interval(step.step.first_effect_ns, step.step.ends_ns)
    if any(step.history.takeovers(vip, within) for vip in vips):
        rest = trial.run.view.last_transition + QUIET_NS - trial.run.view.now
        step = trial.step("after", watch=max(LEAST, rest))
    refresh = _refresh_ns(step)
    if refresh and any(misled(step, vip) for vip in vips):
        step = trial.step("refreshed", watch=refresh + LEAST)
    if any(not misled(step, vip) and not all(served(step, vip).values()) for vip in vips):
        step = trial.step("served", watch=SERVED)
    return "; ".join(filter(None, (wrong(step, vip) for vip in vips)))


def _refresh_ns(step: StepResult) -> int:
    """Of periodic announcements; 0: there are none."""
    routers = step.step.limits.routers.values()
    return max(vrrp.garp_master_refresh_ns for router in routers for vrrp in router.vrrp.values())


def _settle_ns(trial: Trial) -> int:
    return max(limits.settle_ns for limits in trial.run.history().limits.values()) + MARGIN


def wrong(step: StepResult, vip: RouterVip) -> str:
    """At the end of a step, of one VIP. Raises `NotMeasured` if it is not known whether all who ask it are served."""
    return misled(step, vip) or _dark(step, vip)


def misled(step: StepResult, vip: RouterVip) -> str:
    """Owners and caches: what is wrong even if a customer is served by chance."""
    owners = step.history.tables.owners_at(vip, step.step.ends_ns)
    if len(owners) != 1:
        return f"several owners of {vip.address}: {', '.join(owners)}" if owners else f"no owner of {vip.address}"
    caches = step.history.topology.caches
    led = {name: node for name, node in step.arp.items() if caches[name].asked and caches[name].vip == vip}
    stale = [f"{name} to {node or 'no node'}" for name, node in led.items() if node != owners[0]]
    return f"wrong cache: {', '.join(stale)} instead of {owners[0]}" if stale else ""


def served(step: StepResult, vip: RouterVip) -> dict[str, bool | None]:
    """Vantage points that ask this VIP → are they served at the end of the step? None: the arrivals do not tell."""
    vantages = step.history.topology.vantages
    return {name: each.served for name, each in step.vantages.items() if vantages[name].vip == vip.address}


def _dark(step: StepResult, vip: RouterVip) -> str:
    found = served(step, vip)
    if dark := [name for name, is_served in found.items() if is_served is False]:
        return f"dark: {', '.join(dark)} not served"
    if unknown := [name for name, is_served in found.items() if is_served is None]:
        raise NotMeasured(f"Too few arrivals at the end of step {step.name!r} to judge service: {', '.join(unknown)}.")
    return ""
