"""A configuration's text without its secrets: a report is mailed, and attached to tickets.

The rules are those of harness/site/collect.sh, which gathers a site's files; here each secret becomes one word.
"""

import re
from typing import Final

REDACTED: Final = "REDACTED"

_QUOTED: Final = r"""\"(?:[^"\\\n]|\\.)*\"|'[^'\n]*'"""
_WORD: Final = rf"(?:{_QUOTED}|\S+)"
_VALUE: Final = rf"(?:{_QUOTED}|[^\s;&|]+)"  # in a shell's line
_RULES: Final = tuple(
    (re.compile(pattern, re.MULTILINE | flags), rf"\1{REDACTED}")
    for pattern, flags in (
        (rf"(\bauth_pass[ \t]+){_WORD}", 0),
        (r"(^[ \t]*stats[ \t]+auth[ \t]+[^:\s]*:).*", 0),
        (rf"(^[ \t]*user[ \t]+\S+[ \t]+(?:insecure-)?password[ \t]+){_WORD}", 0),
        (r"(^[ \t]*(?:pre)?setenv[ \t]+\S+[ \t]+).*", 0),
        (r"""(Authorization"?,?:?[ \t]*)("[^"]*"|(?:Basic|Bearer)\\?[ \t]+[^\s"]+|\S+)""", re.IGNORECASE),
        (r"""(\bAUTH\\?[ \t]+)[^\s"\\]+""", 0),
        (r"""((?:[ \t]-u|--user)[ \t=]*"?[^:\s"]+:)[^\s"]+""", 0),
        (r"(://[^:/@\s]+:)[^@/\s]+(?=@)", 0),
        (rf"((?:pass(?:wo?r?d)?|passphrase|_pwd|secret|token|api_?key)[\"']?[ \t]*[=:][ \t]*){_VALUE}", re.IGNORECASE),
        (
            rf"(\bIDENTIFIED[ \t]+(?:VIA[ \t]+\S+[ \t]+)?(?:BY|USING|AS)[ \t]+(?:PASSWORD[ \t]+)?){_VALUE}",
            re.IGNORECASE,
        ),
        (r"((?:mysql|mariadb|sshpass)\b.*[ \t]-p)(\"[^\"]+\"|'[^']+'|[^\s\"'0-9]\S*)", 0),
    )
)
_KEY: Final = re.compile(r"(-----BEGIN [^-\n]*PRIVATE KEY-----).*?(-----END [^-\n]*PRIVATE KEY-----|\Z)", re.DOTALL)


def redacted(text: str) -> str:
    """Passwords, keys, and what userlists hold, replaced by one word. Lines stay lines."""
    text = _KEY.sub(rf"\1 {REDACTED} \2", text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
