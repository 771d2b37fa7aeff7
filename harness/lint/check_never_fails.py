"""A check that succeeds whatever has happened."""

from collections.abc import Iterator

from harness.lint._checks import checks
from harness.lint._finding import Severity
from harness.lint._idle import why_idle
from harness.lint._lines import once
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule
from harness.lint._watched import is_watched


@rule("error", outage="HAProxy is dead and the VIP stays on its node, for good.", experiment="killed")
def check_never_fails(pair: Pair) -> Iterator[Found]:
    """A script that starts HAProxy again and ends with ``exit 0``, a command that ends with ``|| true``.

    keepalived looks at the exit status alone. Where HAProxy cannot start again, the node keeps the VIP. Left out are
    scripts that may end otherwise, that stop keepalived, a card or the machine themselves, that run a program of the
    site, which may do so, and that write a tracked file. A warning where another
    check of the instance asks for HAProxy. Source: keepalived.conf(5), vrrp_script.
    """
    yield from once(found for router in pair.routers for member in router.members for found in _idle(member))


def _idle(member: Member) -> Iterator[Found]:
    idle = {each.name: (each, why) for each in checks(member) if (why := why_idle(member, each))}
    for check, why in idle.values():
        said = f"The check {check.name} of {member.node.name} never fails: {why}."
        yield Found(check.place, said, "exit 1 where HAProxy is found dead", _severity(member, *idle))


def _severity(member: Member, *idle: str) -> Severity | None:
    return "warning" if is_watched(member, *idle) else None
