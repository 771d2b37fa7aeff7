"""The bounds of a virtual router in a step, and the slack that is added because the observer reads late."""

from typing import Final

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.limits import Limit, RouterLimits
from harness.model.units import ms, s
from harness.model.virtual_router import VirtualRouter

NEGLIGIBLE_NS: Final = 10 * ms
"""An observer that is never late reports some 5 ms, its polling interval."""


def limits(step: Step, router: VirtualRouter) -> RouterLimits:
    return step.limits.routers[router.name]


def takeover(history: History, step: Step, router: VirtualRouter) -> Limit:
    """How long the router's VIPs may have no owner when its master falls silent (`RouterLimits.no_owner`).

    The instances of a vrrp_sync_group become master together (keepalived.conf(5)): the slowest one counts.
    """
    return max((limits(step, each).no_owner for each in synced_with(history, step, router)), key=_length)


def planned_takeover(history: History, step: Step, router: VirtualRouter) -> Limit:
    """The same if the masters of the whole group resigned."""
    return max((limits(step, each).no_owner_planned for each in synced_with(history, step, router)), key=_length)


def synced_with(history: History, step: Step, router: VirtualRouter) -> list[VirtualRouter]:
    """`router`, and those whose instance is in one vrrp_sync_group with its own on some node."""
    routers = history.topology.virtual_routers.values()
    return [each for each in routers if each == router or _share_a_group(step, router, each)]


def _share_a_group(step: Step, one: VirtualRouter, other: VirtualRouter) -> bool:
    """As the lab declares it, or as keepalived of some node says."""
    if one.sync_group and (one.sync_group, set(one.nodes)) == (other.sync_group, set(other.nodes)):
        return True
    others = limits(step, other).vrrp
    return any(
        vrrp.sync_group and node in others and others[node].sync_group == vrrp.sync_group
        for node, vrrp in limits(step, one).vrrp.items()
    )


def _length(limit: Limit) -> int:
    return limit.ns


def slack(history: History, step: Step) -> int:
    """How late the eye read in this step, at most, in ns.

    The eye stamps addresses, ARP entries and forwarding entries when it reads them, after they changed. Frames carry
    the kernel's stamps and are not late.
    """
    return history.lag_ns(step.window)


def service_late(history: History, within: Interval) -> int:
    """How late the service agent read in `within`, at most, in ns: keepalived's states, ends of processes, HAProxy.

    The agent stamps all its events itself; none has a stamp of the kernel.
    """
    return history.lag_ns(within, "service")


def slack_of_both(history: History, step: Step) -> int:
    """For a comparison of the service agent's events with the eye's: the larger of the two delays, in ns."""
    return max(slack(history, step), service_late(history, step.window))


def too_late(history: History, step: Step, limit: Limit) -> str:
    """A sentence if the service agent read later than `limit`: then its events cannot show that it was kept; or ""."""
    late = service_late(history, step.window)
    return (
        f"The service agent read up to {late / s:.3f} s late, which is more than the bound." if late > limit.ns else ""
    )


def allowing(limit: Limit, slack_ns: int) -> Limit:
    """`limit` plus the slack, which the formula names unless it is negligible."""
    told = read_late(slack_ns)
    formula = f"{limit.formula or f'{limit.ns / s:g} s'}, plus {told}" if told else limit.formula
    return Limit(limit.ns + slack_ns, formula)


def decides(step: Step, lasting: Interval, bound: Limit) -> tuple[bool, bool, int]:
    """Of several intervals, each with its bound, the one with the largest value decides.

    That is one that is too long. Else it is one that the end of the watch cuts off, which may become too long, however
    short it still is. Else it is the one that comes nearest to its bound.
    """
    over = lasting.length - bound.ns
    return over > 0, lasting.end >= step.ends_ns, over


def read_late(slack_ns: int) -> str:
    """``0.050 s by which the observer read late``; "" if it is negligible."""
    return f"{slack_ns / s:.3f} s by which the observer read late" if slack_ns > NEGLIGIBLE_NS else ""
