"""A check that fails while HAProxy lives."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._asks import told
from harness.lint._checks import Check, checks
from harness.lint._commands import text_of
from harness.lint._lines import once
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule

_FOUND: Final = (
    r"(?:\S*/)?(?:pidof|pgrep|killall\s+-0|systemctl\s+(?:-\S+\s+)*is-active)\s[^;\n|&!]*\bhaproxy\b"
    r"(?:\s*(?:\d?>&?\s*\S+|&>\s*\S+))*"
)
_FAILS: Final = r"(?:(?:echo|logger)\b[^\n;&|]*[\n;]\s*)?(?:exit|return)\s+[1-9]"
_INVERTED: Final = re.compile(
    rf"\bif\s+{_FOUND}\s*[;\n]\s*then\s+{_FAILS}|(?m:^\s*){_FOUND}\s*&&\s*{_FAILS}", re.MULTILINE
)


@rule("error", outage="The nodes are in FAULT while all is well.", experiment="none: it shows at the start")
def check_inverted(pair: Pair) -> Iterator[Found]:
    """A script that ends with 1 where it finds HAProxy: `if pidof haproxy; then exit 1`. keepalived takes 0 for good
    (keepalived.conf(5), vrrp_script). Left out are checks whose weight has `reverse`, which turns it round."""
    members = (member for router in pair.routers for member in router.members)
    yield from once(found for member in members for check in checks(member) for found in _turned(member, check))


def _turned(member: Member, check: Check) -> Iterator[Found]:
    text = told(text_of(member.node, check.script.command))
    if _INVERTED.search(text) and not check.tracker.reverse:
        yield Found(
            check.place,
            f"The check {check.name} of {member.node.name} fails where it finds HAProxy, and succeeds without it.",
            "exit 0 where HAProxy is found, exit 1 where it is not",
        )
