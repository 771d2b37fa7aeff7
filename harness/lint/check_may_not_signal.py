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
_OF_HAPROXY: Final = re.compile(r"hap", re.IGNORECASE)
_VARIABLE: Final = re.compile(r"\$\{?(\w+)")
_ROOT: Final = ("", "root", "0")


@rule(
    "error",
    outage="The check fails while HAProxy lives: every node is in FAULT, or lowered by its weight, for good.",
    experiment="none: it shows at the start",
)
def check_may_not_signal(pair: Pair) -> Iterator[Found]:
    """`killall -0 haproxy` and `kill -0 PID` succeed where the signal may be sent: to processes of the own user, or as
    root (kill(2), EPERM). keepalived runs checks as `user` of the vrrp_script, else as `script_user`. HAProxy's first
    process is root's, the others have the `user` of its global section: for that user `kill` of one process is a
    warning. A warning too where that section has no user, since the service may run as the check's, and where another
    check asks for HAProxy. Left out are users that the file does not name, and sudo. `pgrep` and `pidof` need no
    permission."""
    members = (member for router in pair.routers for member in router.members)
    yield from once(found for member in members for found in _refused(member))


def _refused(member: Member) -> Iterator[Found]:
    for check in checks(member):
        user, program = user_of(member, check), _signalling(member.node, check)
        own = user in _owners(member.node)
        if program and user not in _ROOT and not (own and program != "kill"):
            yield Found(
                check.place,
                f"The check {check.name} of {member.node.name} runs as {user}, who may not send a signal to HAProxy's "
                f"{'first process' if own else 'processes'}: {program} ends with status 1 while HAProxy lives"
                f"{', if it asks that one alone' if own else ''}.",
                '"/usr/bin/pgrep -x haproxy", or user root in the vrrp_script',
                "warning" if own else _severity(member, check),
            )


def _signalling(node: PairNode, check: Check) -> str:
    """The program; "" for none."""
    whole = text_of(node, check.script.command)
    text = told(whole)
    found = _SIGNALS.search(text)
    return found["program"] if found and "sudo" not in text and _of_haproxy(found["rest"], whole) else ""


def _of_haproxy(rest: str, whole: str) -> bool:
    """Does it name HAProxy, by itself or by a variable that a line with that name sets?"""
    names = _VARIABLE.findall(rest)
    lines = (line for name in names for line in whole.splitlines() if re.search(rf"\b{name}=", line))
    return bool(_OF_HAPROXY.search(rest) or any(map(_OF_HAPROXY.search, lines)))


def _owners(node: PairNode) -> list[str]:
    lines = (each for section in node.haproxy.sections if section.kind == "global" for each in section.lines)
    return [each.word(1) for each in lines if each.word(0) in ("user", "uid")]


def _severity(member: Member, check: Check) -> Severity | None:
    return "warning" if not _owners(member.node) or is_watched(member, check.name) else None
