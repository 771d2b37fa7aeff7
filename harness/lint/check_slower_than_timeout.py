"""A check that keepalived ends before it can succeed."""

from collections.abc import Iterator

from harness.lint._asks import told
from harness.lint._checks import Check, checks
from harness.lint._commands import text_of
from harness.lint._duration import at_least_s
from harness.lint._finding import Severity
from harness.lint._lines import once, seconds
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule
from harness.lint._watched import is_watched
from harness.model.units import s


@rule(
    "error",
    outage="The check fails while all is well: every node is in FAULT, or lowered by its weight, for good.",
    experiment="none: it shows at the start",
)
def check_slower_than_timeout(pair: Pair) -> Iterator[Found]:
    """keepalived ends a check after `timeout`, without one after `interval`, and takes that for a failure
    (vrrp_script_child_thread() in vrrp_scheduler.c). Counted is what the script does in any case: `sleep`, and
    `ping -c N`, which takes a second for each answer but the first. A warning where another check of the instance asks
    for HAProxy, and this one has a weight."""
    members = (member for router in pair.routers for member in router.members)
    yield from once(found for member in members for found in _slow(member))


def _slow(member: Member) -> Iterator[Found]:
    for check in checks(member):
        least = at_least_s(told(text_of(member.node, check.script.command)))
        limit_ns = check.script.timeout_ns or check.script.interval_ns
        if least * s >= limit_ns > 0:
            limit = "timeout" if check.script.timeout_ns else "interval, and there is no timeout"
            yield Found(
                check.place,
                f"The check {check.name} of {member.node.name} takes {least:g} s at least, and keepalived ends it "
                f"after {seconds(limit_ns)} ({limit}): it fails whatever HAProxy does.",
                f"timeout {int(least) + 2}",
                _severity(member, check),
            )


def _severity(member: Member, check: Check) -> Severity | None:
    return "warning" if not check.tracker.faults and is_watched(member, check.name) else None
