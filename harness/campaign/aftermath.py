"""What a schedule has left of a pair: watched until no announcement is due, as the model waits for it."""

from typing import Final

from harness.experiment import StepResult, Trial
from harness.experiment.run import QUIET_NS
from harness.faults import Fault
from harness.history.timeline import Interval
from harness.model.units import ms, s
from harness.model.virtual_router import RouterVip

HARMS: Final = ("no owner", "several owners", "wrong cache")
"""How a sentence of `wrong` begins."""

LEAST: Final = 1 * s
MARGIN: Final = 200 * ms


def aftermath(trial: Trial, fault: Fault, router: str | None = None) -> str:
    """What is wrong for good when all is over; "" if each VIP has one owner, and each cache in use leads to it.

    The watch lasts until the pair must be at rest. After a takeover, the second burst of gratuitous ARP is awaited too,
    and the next periodic one if something is wrong then.
    """
    step = trial.step("schedule", fault, watch=_settle_ns(trial))
    vips = step.history.topology.virtual_router(router).owned
    within = Interval(step.step.first_effect_ns, step.step.ends_ns)
    if any(step.history.takeovers(vip, within) for vip in vips):
        rest = trial.run.view.last_transition + QUIET_NS - trial.run.view.now
        step = trial.step("after", watch=max(LEAST, rest))
    refresh = _refresh_ns(step)
    if refresh and any(wrong(step, vip) for vip in vips):
        step = trial.step("refreshed", watch=refresh + LEAST)
    return "; ".join(filter(None, (wrong(step, vip) for vip in vips)))


def _refresh_ns(step: StepResult) -> int:
    """Of periodic announcements; 0: there are none."""
    routers = step.step.limits.routers.values()
    return max(vrrp.garp_master_refresh_ns for router in routers for vrrp in router.vrrp.values())


def _settle_ns(trial: Trial) -> int:
    return max(limits.settle_ns for limits in trial.run.history().limits.values()) + MARGIN


def wrong(step: StepResult, vip: RouterVip) -> str:
    """At the end of a step, of one VIP."""
    owners = step.history.tables.owners_at(vip, step.step.ends_ns)
    if len(owners) != 1:
        return f"several owners of {vip.address}: {', '.join(owners)}" if owners else f"no owner of {vip.address}"
    caches = step.history.topology.caches
    led = {name: node for name, node in step.arp.items() if caches[name].asked and caches[name].vip == vip}
    stale = [f"{name} to {node or 'no node'}" for name, node in led.items() if node != owners[0]]
    return f"wrong cache: {', '.join(stale)} instead of {owners[0]}" if stale else ""
