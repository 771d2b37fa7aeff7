"""Passwords and keys in a site's files, and texts without them. The usual forms are known, not every one. Pure.

The forms are those of `harness collect` (collect.sh): keepalived's auth_pass, userlists, statistics, headers, commands.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal, TypeVar, get_origin

import msgspec
from msgspec.structs import fields as fields_of
from msgspec.structs import replace

from harness.site.site import Site

REDACTED: Final = "REDACTED"
_LEAST: Final = 3  # characters: a shorter one would blot out what is no secret
_COMPARED: Final = 8  # of an auth_pass keepalived takes no more
_NEAR: Final = 20  # characters between auth_pass and its value, at most
_WORD: Final = r"(?:\"([^\"\n]+)\"|'([^'\n]+)'|([^\s\"';&|#]+))"
_FORMS: Final = (
    r"\bauth_pass\s+{w}",
    r"^\s*stats\s+auth\s+[^:\s]+:(\S+)",
    r"^\s*user\s+\S+\s+(?:insecure-)?password\s+(\S+)",
    r"Authorization\"?\s*[,:]?\s*\"?(?:(?:Basic|Bearer)\\?\s+)?{w}",
    r"\bAUTH\\?\s+([^\s\"\\]+)",
    r"(?:\s-u|--user)[\s=]*['\"]?[^:\s'\"]+:([^\s'\"]+)",
    r"://[^:/@\s]+:([^@/\s]+)@",
    r"(?:[Pp][Aa][Ss][Ss](?:[Ww][Oo]?[Rr]?[Dd])?|_PWD|_pwd|[Ss][Ee][Cc][Rr][Ee][Tt]\w*|[Tt][Oo][Kk][Ee][Nn]|_AUTH|[Pp][Aa][Ss][Ss][Pp][Hh][Rr][Aa][Ss][Ee])[\"']?\]?\s*=\s*{w}",
    r"[A-Za-z0-9]_[Kk][Ee][Yy][\"']?=(?![\"']?[/$]){w}",  # a path is none
    r"\"[A-Z0-9_]*(?:SECRET|TOKEN|PASS|PWD|KEY|AUTH)[A-Z0-9_]*=([^\"\n]+)\"",
    r"^\s*Environment=(?:.*\s)?\w*(?i:secret|token|pass|pwd|key|auth)\w*={w}",
    r"^\s*(?:pre)?setenv\s+\S*(?i:pass|pwd|secret|token|key)\S*\s+{w}",
    r"\b(?:mysql|mariadb|mysqladmin|sshpass)\b.*?\s-p\s*{w}",
    r"^\s*(?i:bindpw|auth_passwd?|smtp_password|snmp_community)\s+{w}",
)
_PATTERNS: Final = tuple(re.compile(form.replace("{w}", _WORD), re.MULTILINE) for form in _FORMS)
_KEY: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)-----END", re.DOTALL)
_COMMON: Final = ("admin", "backup", "haproxy", "keepalived", "master", "root", "vrrp")
"""As passwords they are replaced where they are set, and nowhere else: every sentence has them."""
_VARIABLE: Final = re.compile(r"%\[|\$(?![0-9][a-z]?\$)")  # $6$… is a crypted password
_GONE: Final = re.compile(rf"{REDACTED}|mk-[0-9a-f]{{4}}")
_S = TypeVar("_S", bound=msgspec.Struct)


def secrets(site: Site) -> tuple[str, ...]:
    """Of all files of all nodes, the longest first; those alone that can be told from other words."""
    texts = [file.text for node in site.nodes.values() for file in node.files]
    found = {each for text in (*texts, *site.probe) for each in _of_text(text)}
    known = (each for each in found if len(each) >= _LEAST and each.lower() not in _COMMON)
    return tuple(sorted(known, key=lambda each: (-len(each), each)))


def redacted(text: str) -> str:
    """A file's text with ``REDACTED`` in the place of each password and key, also of short ones."""
    for begin, end in sorted(_spans(text), reverse=True):
        text = f"{text[:begin]}{REDACTED}{text[end:]}"
    return text


def without(text: str, known: Iterable[str]) -> str:
    """`text` with ``REDACTED`` in the place of each; a secret inside of a longer word is none."""
    for secret in known:
        if secret in text:
            text = re.sub(rf"(?<![A-Za-z0-9_]){re.escape(secret)}(?![A-Za-z0-9_])", REDACTED, text)
    return text


def struct_without(told: _S, known: tuple[str, ...]) -> _S:
    """The same with every text of it as `without`, but those that only have certain values."""
    fields = {each.name: getattr(told, each.name) for each in fields_of(told) if get_origin(each.type) is not Literal}
    return replace(told, **{name: value_without(each, known) for name, each in fields.items()})


def value_without(value: Any, known: tuple[str, ...]) -> Any:
    """Of a text, or of what has texts: a struct, a sequence, the values of a mapping."""
    if isinstance(value, str):
        return without(value, known)
    if isinstance(value, msgspec.Struct):
        return struct_without(value, known)
    if isinstance(value, dict):
        return {key: value_without(each, known) for key, each in value.items()}
    return type(value)(value_without(each, known) for each in value) if isinstance(value, list | tuple) else value


def _of_text(text: str) -> Iterator[str]:
    for begin, end in _spans(text):
        yield text[begin:end]
        if "auth_pass" in text[max(0, begin - _NEAR) : begin]:
            yield text[begin : min(end, begin + _COMPARED)]


def _spans(text: str) -> set[tuple[int, int]]:
    """Begin and end of each secret; no two overlap."""
    found: list[tuple[int, int]] = []
    for pattern in (*_PATTERNS, _KEY):
        for match in pattern.finditer(text):
            found += [match.span(number) for number in range(1, pattern.groups + 1) if match[number]]
    lines = (span for begin, end in found for span in _lines(text, begin, end))
    kept: list[tuple[int, int]] = []
    for begin, end in sorted(lines):
        if (
            (not kept or begin >= kept[-1][1])
            and not _VARIABLE.match(text[begin:end])
            and not _GONE.fullmatch(text[begin:end])
        ):
            kept.append((begin, end))
    return set(kept)


def _lines(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """A key has several lines: each is a secret."""
    for line in re.finditer(r"[^\n]+", text[begin:end]):
        yield begin + line.start(), begin + line.end()
