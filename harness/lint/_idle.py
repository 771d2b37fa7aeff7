"""Checks that never fail, whatever they find."""

import re
from typing import Final

from harness.lint._checks import Check, user_of
from harness.lint._outcome import never_fails
from harness.lint._pair import Member
from harness.model.node_check import words_of

_ENDS_KEEPALIVED: Final = re.compile(
    r"(?m)^(?!.*\b(?:sudo|doas)\b)(?P<before>.*?)(?:/\S*/)?\b(?:pkill|killall)\b[^;&|\n]*?\bkeepalived\b(?!/)"
)
_ROOT: Final = ("", "root", "0")


def why_idle(member: Member, check: Check) -> str:
    """Why it never fails; "" if it may."""
    words = words_of(check.script.command)
    file = next((found for word in words[:2] if (found := member.node.site.file(word))), None)
    text, user = file.text if file else "", user_of(member, check)
    mine = text if user in _ROOT else _ENDS_KEEPALIVED.sub(r"\g<before>true", text)
    why = never_fails(words, mine, [each.path for each in member.node.running.files])
    return f"{why}, and the user {user} may not end keepalived" if why and mine != text else why
