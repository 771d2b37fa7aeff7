"""A check that runs as a user who may not send HAProxy a signal."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._asks import told
from harness.lint._checks import Check, checks, user_of
from harness.lint._commands import text_of
from harness.lint._finding import Severity
from harness.lint._lines import once
from harness.lint._pair import Member, Pair, PairNode
from harness.lint._rule import Found, rule
from harness.lint._watched import is_watched

_SIGNALS: Final = re.compile(
    r"\b(?P<program>killall|pkill|kill)\s+(?:-\w+\s+)*?(?:-0\b|-(?:s|n|-signal)[\s=]*0\b)(?P<rest>[^|;&\n]*)"
)
_OF_HAPROXY: Final = re.compile(r"haproxy|\$|`", re.IGNORECASE)
_ROOT: Final = ("", "root", "0")


@rule(
    "error",
    outage="The check fails while HAProxy lives: every node is in FAULT, or lowered by its weight, for good.",
    experiment="none: it shows at the start",
)
def check_may_not_signal(pair: Pair) -> Iterator[Found]:
    """`killall -0 haproxy` and `kill -0 PID` succeed where the signal may be sent: to processes of the own user, or as
    root (kill(2), EPERM). keepalived runs checks as `user` of the vrrp_script, else as `script_user`. HAProxy's first
    process is root's, the others have the `user` of its global section. A warning where that section has no user: the
    service may run as the check's. A warning too where another check asks for HAProxy. Left out are users that the file
    does not name, and sudo. `pgrep` and `pidof` need no permission."""
    members = (member for router in pair.routers for member in router.members)
    yield from once(found for member in members for found in _refused(member))


def _refused(member: Member) -> Iterator[Found]:
    for check in checks(member):
        user, program = user_of(member, check), _signalling(member.node, check)
        if program and user not in _ROOT and not (user in _owners(member.node) and program != "kill"):
            yield Found(
                check.place,
                f"The check {check.name} of {member.node.name} runs as {user}, who may not send a signal to HAProxy's "
                f"processes: {program} ends with status 1 while HAProxy lives.",
                '"/usr/bin/pgrep -x haproxy", or user root in the vrrp_script',
                _severity(member, check),
            )


def _signalling(node: PairNode, check: Check) -> str:
    """The program; "" for none."""
    text = told(text_of(node, check.script.command))
    found = _SIGNALS.search(text)
    return found["program"] if found and "sudo" not in text and _OF_HAPROXY.search(found["rest"]) else ""


def _owners(node: PairNode) -> list[str]:
    lines = (each for section in node.haproxy.sections if section.kind == "global" for each in section.lines)
    return [each.word(1) for each in lines if each.word(0) in ("user", "uid")]


def _severity(member: Member, check: Check) -> Severity | None:
    return "warning" if not _owners(member.node) or is_watched(member, check.name) else None
