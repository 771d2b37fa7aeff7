"""Whether a check's script finds itself in the list of processes, so that it succeeds after HAProxy has died."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

_COMMENT: Final = re.compile(r"(?m)(?:^|(?<=\s))#.*$")
_WORD: Final = r"""(?:"(?P<double>[^"$`]+)"|'(?P<single>[^']+)'|(?P<plain>[^\s|;&)`"'<>$-][^\s|;&)`"'<>$]*))"""
_OPTIONS: Final = r"(?:\s+-[A-Za-z]+)*\s+"
_PGREP: Final = re.compile(rf"\bpgrep(?P<options>(?:\s+-[acflnoq]+)*)\s+{_WORD}")
_LISTED: Final = re.compile(rf"\bps\s+(?P<options>[^|;&`)]*)\|\s*grep{_OPTIONS}{_WORD}(?P<rest>(?:\s*\|[^|;&`)]*)*)")
_GREP_LEFT_OUT: Final = re.compile(rf"\bgrep{_OPTIONS}['\"]?grep\b")
_LESS: Final = re.compile(r"\bgrep\s+(?:-\w+\s+)*-\w*v|\bawk\b|\bsed\b")
_ARGUMENTS: Final = re.compile(r"^-?[A-Za-z]*(?:ax|aux|ef|e?fww|eF|af)[A-Za-z]*\b|\b(?:args|cmd|command)\b")
_CONDITION: Final = re.compile(r"(?m)\b(?:el)?if\s+(?P<test>.+?)\s*(?:;\s*then\b|\n\s*then\b|$)")
_ASSIGNED: Final = re.compile(r"(?m)^\s*(?:local\s+|export\s+)?(?P<name>[A-Za-z_]\w*)=(?P<value>.+?)\s*;?\s*$")
_NONE: Final = re.compile(r"(?:-eq|-gt|-ne|=|==|!=)\s*[\"']?0[\"']?\b|(?:-lt|-ge)\s*[\"']?1\b|\s-[nz]\s")
_CHAINED: Final = re.compile(r"&&|\|\||\b(?:case|while|until|trap|elif)\b|\bset\s+-\w*e")
_MORE: Final = re.compile(
    r"\b(?:pidof|pgrep|kill|killall|curl|wget|nc|ncat|netcat|ss|netstat|lsof|socat|openssl|python\w*|perl|status)\b"
    r"|/dev/tcp|is-active|\bps\s"
)
"""What may fail for another reason, outside of the conditions."""
_OR_ELSE: Final = re.compile(
    r"(?m)^\s*(?P<test>[^|&\n]*(?:\|[^|&\n]+)*(?:>&\d[^|&\n]*)?)\|\|\s*exit\s+[1-9]\d*\s*;?\s*$"
)


class _Search(NamedTuple):
    """`counts`: it tells how many were found, to be compared."""

    said: str
    counts: bool


def finds_itself(words: Sequence[str], script: str) -> str:
    """Why each condition of the script holds, whatever runs; "" if that cannot be told.

    `words`: the command that keepalived runs. ``pgrep -f`` and ``ps -ef`` look at whole command lines, and that of a
    script has its path: ``/bin/bash /etc/keepalived/check_haproxy.sh`` has the word haproxy. pgrep leaves out itself
    alone, grep nothing.
    """
    text = _OR_ELSE.sub(r"if ! \g<test>; then exit 1; fi", _COMMENT.sub("", script.partition("\n")[2]).strip())
    if "\n" not in text and not text.startswith("if "):
        text = f"if {text}; then true; fi"
    line = " ".join(words)
    variables = {found["name"]: found["value"] for found in _ASSIGNED.finditer(text)}
    tests = [_filled(found["test"], variables) for found in _CONDITION.finditer(text)]
    if not tests or _CHAINED.search(text) or _MORE.search(_ASSIGNED.sub("", _CONDITION.sub("", text))):
        return ""
    found = [next(_searches(test, line), None) for test in tests]
    sure = all(each and (not each.counts or _NONE.search(test)) for each, test in zip(found, tests, strict=True))
    return found[0].said if sure and found[0] else ""


def _filled(test: str, variables: dict[str, str]) -> str:
    for name, value in variables.items():
        test = re.sub(rf"\$\{{?{name}\b\}}?", lambda _, value=value: value, test)  # type: ignore[misc]
    return test


def _searches(test: str, line: str) -> Iterator[_Search]:
    counts = "$(" in test or "`" in test
    for found in _PGREP.finditer(test):
        if "f" in found["options"] and "x" not in found["options"] and _matches(_pattern(found), line):
            yield _Search("pgrep -f finds the script itself, whose command line has that word too", counts)
    for found in _LISTED.finditer(test):
        yield from (_Search(said, counts) for said in _listed(found, line))


def _listed(found: re.Match[str], line: str) -> Iterator[str]:
    rest = _GREP_LEFT_OUT.sub("", found["rest"])
    if not _ARGUMENTS.search(found["options"]) or _LESS.search(rest):
        return
    if rest == found["rest"] and _matches(_pattern(found), _pattern(found)):
        yield "grep finds itself in the list of processes"
    elif _matches(_pattern(found), line):
        yield "it finds itself in the list of processes: its command line has that word too"


def _pattern(found: re.Match[str]) -> str:
    return found["double"] or found["single"] or found["plain"]


def _matches(pattern: str, line: str) -> bool:
    try:
        return re.search(pattern, line) is not None
    except re.error:
        return False
