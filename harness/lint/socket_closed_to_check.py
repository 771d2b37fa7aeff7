"""A check that runs as a user who may not open HAProxy's socket."""

from collections.abc import Iterator

from harness.lint._checks import checks, user_of
from harness.lint._lines import once
from harness.lint._pair import Member, Pair, PairNode
from harness.lint._rule import Found, rule
from harness.lint._sockets import asked, plain
from harness.site.haproxy_text import HaproxyLine


@rule(
    "warning",
    outage="The check fails while HAProxy lives: every node is in FAULT, or lowered by its weight, for good.",
    experiment="none: it shows at the start",
)
def socket_closed_to_check(pair: Pair) -> Iterator[Found]:
    """`stats socket … mode 660` is for HAProxy's user and its group alone, and keepalived runs checks as `user` of the
    vrrp_script, else as `script_user` (keepalived.conf(5)). Found where that is neither root nor a name on the socket's
    line or in global, and the mode lets no other user write. A warning: the user may be a member of the group."""
    yield from once(found for router in pair.routers for member in router.members for found in _closed(member))


def _closed(member: Member) -> Iterator[Found]:
    for check in checks(member):
        user, paths = user_of(member, check), asked(member.node, check)
        for line in _sockets(member.node) if user not in ("", "root", "0") else ():
            if plain(line.word(2)) in paths and _is_closed(line) and user not in _owners(member.node, line):
                yield Found(
                    check.place,
                    f"The check {check.name} runs as {user} on {member.node.name}, and {line.word(2)} has mode "
                    f"{line.after('mode')}: unless {user} is in the socket's group, the check always fails.",
                    f"the group of the socket for {user}, or user root in the vrrp_script",
                )


def _sockets(node: PairNode) -> Iterator[HaproxyLine]:
    return (line for section in node.haproxy.sections for line in section.all("stats", "socket"))


def _is_closed(line: HaproxyLine) -> bool:
    """To those who are neither its user nor in its group."""
    mode = line.after("mode")
    return mode.isdecimal() and int(mode[-1]) & 2 == 0


def _owners(node: PairNode, line: HaproxyLine) -> set[str]:
    lines = (each for section in node.haproxy.sections if section.kind == "global" for each in section.lines)
    return {
        line.after("user"),
        line.after("group"),
        *(each.word(1) for each in lines if each.word(0) in ("user", "group")),
    }
