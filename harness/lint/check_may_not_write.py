"""A check that ends at a file which its user may not write."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._asks import told
from harness.lint._checks import Check, checks, user_of
from harness.lint._commands import text_of
from harness.lint._lines import once
from harness.lint._pair import Member, Pair, PairNode
from harness.lint._rule import Found, rule
from harness.model.node_check import words_of

_STOPS: Final = re.compile(r"^\s*set\s+(?:-\w*e|-o\s+errexit)|^#!\S+\s+-\w*e\b", re.MULTILINE)
_WRITES: Final = re.compile(
    r"(?<![<>&\d])>{1,2}\s*[\"']?(/(?:var/log|var/run|run|etc|root|usr|opt)/[^\s\"';|&)]+)(?![^\n;]*(?:\|\||&&))"
)
_ASKED: Final = re.compile(r"^\s*(?:!|(?:el)?if|while|until)\s[^\n]*$", re.MULTILINE)
"""Its failure ends no script; nor does that of a command with `||` or `&&` behind it. bash(1), set -e."""
_GOES_ON: Final = re.compile(r"\bset\s+\+\w*e|\bsudo\b")
_ROOT: Final = ("", "root", "0")


@rule(
    "warning",
    outage="The check fails while HAProxy lives: every node is in FAULT, or lowered by its weight, for good.",
    experiment="none: it shows at the start",
)
def check_may_not_write(pair: Pair) -> Iterator[Found]:
    """A script with `set -e` ends with an error at the first command that fails, and a command whose output cannot be
    written fails. /var/log, /run and /etc are root's, and keepalived runs checks as `user` of the vrrp_script, else as
    `script_user`. A warning: the file may exist and belong to that user. Source: bash(1), set -e;
    keepalived.conf(5)."""
    members = (member for router in pair.routers for member in router.members)
    yield from once(found for member in members for check in checks(member) for found in _refused(member, check))


def _refused(member: Member, check: Check) -> Iterator[Found]:
    user, command = user_of(member, check), check.script.command
    text = text_of(member.node, command)
    written = _WRITES.search(_ASKED.sub("", told(text)))
    if user not in _ROOT and written and _stops(member.node, command) and not _GOES_ON.search(text):
        yield Found(
            check.place,
            f"The check {check.name} of {member.node.name} runs as {user}, writes {written[1]} and ends at the first "
            "error (set -e): where that user may not write the file, it fails while HAProxy lives.",
            f"a file that {user} may write, or no set -e",
        )


def _stops(node: PairNode, command: str) -> bool:
    """By a line of the script, or by the options of its interpreter."""
    return any(_STOPS.search(file.text) for word in words_of(command) if (file := node.site.file(word)))
