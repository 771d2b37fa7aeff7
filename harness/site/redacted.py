"""Configuration texts without passwords and keys: the rules of collect.sh, for texts that are kept in an outcome.

Of auth_pass a mark of 16 bits stays, of its first 8 characters alone, as keepalived compares them: two runs or nodes
can then be compared.
"""

import re
from hashlib import sha256
from typing import Final

from harness.site import secrets

REDACTED: Final = "REDACTED"
PRIVATE: Final = "a private key was here\n"
_FLAGS: Final = re.MULTILINE
_QUOTED: Final = r"\"[^\"\n]*\"|'[^'\n]*'"

_NO_PATH: Final = r"(?:\"[^\"$/\n][^\"\n]*\"|'[^'$/\n][^'\n]*'|[^\s;&|$/\"'\[\]][^\s;&|]*)"
_NAMES: Final = r"pass(?:w(?:or)?d|phrase)?|_pwd|secret[a-z0-9_]*|token|_auth|api_?key"
_SENSITIVE: Final = r"[A-Za-z0-9_]*(?:secret|token|pass|pwd|key|auth)[A-Za-z0-9_]*="
_ENVIRONMENT: Final = re.compile(r"^\s*Environment=.*", _FLAGS)
_SET: Final = re.compile(rf"(?<=\")({_SENSITIVE})[^\"\n]*|(?<=[\s=])({_SENSITIVE})[^\s\"]+", re.IGNORECASE)

_RULES: Final = (
    (r"^(\s*stats\s+auth\s+[^:\s]*:).*", rf"\1{REDACTED}"),
    (r"^(\s*user\s+\S+\s+)(?:insecure-)?password\s+\S+", rf"\1insecure-password {REDACTED}"),
    (r"^(\s*(?:pre)?setenv\s+\S+\s+).*", rf"\1{REDACTED}"),
    (r"(Authorization\"?,?:?[ \t]*)(?:\"[^\"\n]*\"|(?:Basic|Bearer)\\?[ \t]+[^\s\"]+|\S+)", rf"\1{REDACTED}"),
    (r"(\bAUTH\\?[ \t]+)[^\s\"\\]+", rf"\1{REDACTED}"),
    (r"((?:\s-u|--user)[\s=]*\"?[^:\s\"]+:)[^\s\"]+", rf"\1{REDACTED}"),
    (r"(://[^:/@\s]+:)[^@/\s]+@", rf"\1{REDACTED}@"),
    (
        rf"((?:{_NAMES})[\"']?[ \t]*[=:][ \t]*)(?:{_QUOTED}|[^\s;&|]+)",
        rf"\1{REDACTED}",
    ),
    (rf"([A-Za-z0-9]_[Kk][Ee][Yy][\"']?=){_NO_PATH}", rf"\1{REDACTED}"),
    (rf"^(.*(?:mysql|mariadb|sshpass).*\s-p)(?:{_QUOTED}|[^\s\"'0-9]\S*)", rf"\1{REDACTED}"),
)
_PATTERNS: Final = tuple(
    (re.compile(pattern, _FLAGS | (re.IGNORECASE if "secret" in pattern else 0)), by) for pattern, by in _RULES
)
_AUTH_PASS: Final = re.compile(r"(auth_pass[ \t]+)(?:\"([^\"\n]*)\"|([^\s}]+))")


def redacted(text: str) -> str:
    """The text as it may be kept and shown, also by the rules of `secrets`. One with a private key is left out."""
    if "PRIVATE KEY" in text:
        return PRIVATE
    text = _ENVIRONMENT.sub(lambda line: _SET.sub(rf"\1\2{REDACTED}", line[0]), text)
    for pattern, by in _PATTERNS:
        text = pattern.sub(by, text)
    marked = _AUTH_PASS.sub(lambda found: f"{found[1]}mk-{_mark(found[2] or found[3] or '')}", text)
    return secrets.redacted(marked)


def _mark(secret: str) -> str:
    return sha256(f"harness {secret[:8]}".encode()).hexdigest()[:4]
