"""A configuration's text without its secrets: a report is mailed, and attached to tickets.

The rules are those of a site's files (harness/site/secrets.py), and before them some that take more than they must: a
whole word of an auth_pass, each variable that is set, SQL, and a key whose end is missing.
"""

import re
from typing import Final

from harness.site import secrets

_QUOTED: Final = r"\"(?:[^\"\n\\]|\\.)*\"|'(?:[^'\n\\]|\\.)*'"
_RULES: Final = (
    re.compile(rf"(\bauth_pass[ \t]+)(?:{_QUOTED}|\S+)"),
    re.compile(r"(^[ \t]*(?:pre)?setenv[ \t]+\S+[ \t]+).*", re.MULTILINE),
    re.compile(
        rf"(\bIDENTIFIED[ \t]+(?:VIA[ \t]+\S+[ \t]+)?(?:BY|USING|AS)[ \t]+(?:PASSWORD[ \t]+)?)(?:{_QUOTED}|[^\s;]+)",
        re.IGNORECASE,
    ),
    re.compile(r"(-----BEGIN [^-\n]*PRIVATE KEY-----)(?:(?!-----END).)*", re.DOTALL),
)


def redacted(text: str) -> str:
    """Passwords, keys, and what userlists hold, each replaced by one word."""
    for rule in _RULES:
        text = rule.sub(rf"\1{secrets.REDACTED}", text)
    return secrets.redacted(text)
