"""A check that holds every node back for minutes after a boot."""

from collections.abc import Iterator
from typing import Final

from harness.lint._checks import Check, checks
from harness.lint._lines import once, seconds
from harness.lint._pair import Member, Pair, Router
from harness.lint._rule import Found, rule
from harness.lint._trackers import definition
from harness.model.units import s

_LONG_NS: Final = 60 * s


@rule("warning", outage="After a power cut of both nodes no customer is served for minutes.", experiment="power_cut")
def first_owner_late(pair: Pair) -> Iterator[Found]:
    """`init_fail`: the check counts as failed until it has succeeded `rise` times; it runs at once, then every
    `interval`. Without a weight the node is in FAULT until then, after each start of keepalived. Found above a minute,
    where every node of the virtual router waits so. Source: keepalived.conf(5), vrrp_script init_fail."""
    yield from once(found for router in pair.routers for found in _late(router))


def _late(router: Router) -> Iterator[Found]:
    waits = [(member, max(_waits(member), key=_wait_ns, default=None)) for member in router.members]
    for member, check in waits:
        if check and all(each and _wait_ns(each) > _LONG_NS for _, each in waits):
            yield Found(
                check.place,
                f"After a start of keepalived {member.node.name} is in FAULT until {check.name} has succeeded "
                f"{check.script.rise} times, {seconds(_wait_ns(check))}; so is every other node: no node has "
                f"{router.name} until then.",
                "a smaller rise, or no init_fail",
            )


def _waits(member: Member) -> Iterator[Check]:
    for check in (each for each in checks(member) if each.tracker.faults):
        block = definition(member, check.tracker)
        if block and block.find("init_fail"):
            yield check


def _wait_ns(check: Check) -> int:
    return check.script.interval_ns * (check.script.rise - 1)  # the first run is at the start
