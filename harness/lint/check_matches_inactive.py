"""A check that looks for the word active, which is in inactive too."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._asks import told
from harness.lint._checks import Check, checks
from harness.lint._commands import text_of
from harness.lint._lines import once
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule
from harness.lint._watched import is_watched

_PIPED: Final = re.compile(
    r"\bsystemctl\s+(?:-\S+\s+)*(?:is-active|status)\s[^\n|;&]*\bhaproxy\b[^\n|;&]*\|\s*(?:/\S*/)?grep"
    r"(?P<options>(?:\s+-[A-Za-z]+)*)\s+(?P<quote>[\"']?)(?P<word>[A-Za-z]+)(?P=quote)(?=[\s;|&)>`]|$)(?P<rest>[^\n;]*)"
)
_WHOLE: Final = "wxv"
"""Options of grep with which a part of a word does not do, or which turn the answer round."""


@rule("error", outage="HAProxy was stopped and the VIP stays on its node, for good.", experiment="stopped")
def check_matches_inactive(pair: Pair) -> Iterator[Found]:
    """`systemctl is-active haproxy | grep active`: of a stopped HAProxy systemd says `inactive`, grep finds `active` in
    that, and the check succeeds. Of a crash systemd says `failed`, so that a test by kill -9 goes well. Left out are
    whole words (`grep -w`, `^active`) and what leaves out inactive. A warning where another check of the instance asks
    for HAProxy. Source: systemctl(1), is-active; grep(1)."""
    yield from once(found for router in pair.routers for member in router.members for found in _found(member))


def _found(member: Member) -> Iterator[Found]:
    matching = [each for each in checks(member) if _matches(told(text_of(member.node, each.script.command)))]
    for check in matching:
        yield _of(member, check, [each.name for each in matching])


def _matches(text: str) -> bool:
    """Of each such search: a second one may tell inactive."""
    every = list(_PIPED.finditer(text))
    return bool(every) and "inactive" not in text and all(map(_is_loose, every))


def _is_loose(found: re.Match[str]) -> bool:
    return found["word"] in "inactive" and not set(_WHOLE) & set(found["options"]) and "grep" not in found["rest"]


def _of(member: Member, check: Check, matching: list[str]) -> Found:
    return Found(
        check.place,
        f"The check {check.name} of {member.node.name} looks for a word that is in both answers of systemctl, active "
        "and inactive: it succeeds when HAProxy was stopped.",
        "systemctl is-active --quiet haproxy, without grep",
        "warning" if is_watched(member, *matching) else None,
    )
