"""A check beside that of HAProxy moves the VIP for a reason that the other node may share."""

from collections.abc import Iterator
from typing import Final

from harness.lint._commands import asks
from harness.lint._lines import once
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule
from harness.lint._trackers import Tracker, place, trackers

_WHY: Final = {
    "network": "asks the network beyond this node's cards. When that does not answer, it fails on every node",
    "another process": "asks a process that is not HAProxy",
}


@rule(
    "warning",
    outage="All nodes are in FAULT and the VIP is on none, while HAProxy could serve; or the VIP moves for nothing.",
    experiment="check_broken",
)
def tracker_not_related(pair: Pair) -> Iterator[Found]:
    """A check without a weight takes its node into FAULT. A gateway that stops answering does so to every node.

    Told only of nodes that watch HAProxy too (`no-check` tells of the others). Source: keepalived.conf(5), vrrp_script.
    """
    for router in pair.routers:
        for member in router.members:
            yield from once(_told(member))


def _told(member: Member) -> Iterator[Found]:
    checks = [each for each in trackers(member) if each.kind in ("script", "process")]
    asked = {check: asks(member, check) for check in checks}
    if not any(each in ("balancer", "unknown") for each in asked.values()):
        return
    for check, what in asked.items():
        if what in _WHY:
            said = f"{check.name} of {member.node.name} {_WHY[what]}: {_effect(check)}."
            yield Found(place(member, check), said, "a check of this node's HAProxy; for cards, track_interface")


def _effect(check: Tracker) -> str:
    if check.faults:
        return "without a weight its failure means FAULT, and the VIP leaves"
    return f"its weight of {check.weight} then counts in the election"
