"""Whether a check's script finds itself in the list of processes, so that it succeeds after HAProxy has died."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from harness.lint._unknown_program import runs_unknown

_COMMENT: Final = re.compile(r"(?m)(?:^|(?<=\s))#.*$")
_WORD: Final = r"""(?:"(?P<double>[^"$`]+)"|'(?P<single>[^']+)'|(?P<plain>[^\s|;&)`"'<>$-][^\s|;&)`"'<>$]*))"""
_OPTIONS: Final = r"(?:\s+-[A-Za-z]+)*\s+"
_PGREP: Final = re.compile(rf"\bpgrep(?P<options>(?:\s+-[acflnoq]+)*)\s+{_WORD}")
_LISTED: Final = re.compile(
    rf"\bps\s+(?P<options>[^|;&`)]*)\|\s*grep(?P<how>{_OPTIONS}){_WORD}(?P<rest>(?:>&|[^;&`)])*)"
)
_WITHOUT_GREP: Final = re.compile(r"""\|\s*grep\s+-v\s+(?P<quote>["']?)grep(?P=quote)\s*(?=[|>;&`)]|$)""")
_NOT_LESS: Final = re.compile(r"(?:\s|\|\s*wc\s+-l\b|\d?>&\d|\d?>\s*/dev/null)*")
"""What may follow in the pipe and takes no more lines out of the list."""
_EXACT: Final = "vxL"
"""Options of grep with which a word of the list does not do: other lines, whole lines."""
_ARGUMENTS: Final = re.compile(r"^-?[A-Za-z]*(?:ax|aux|ef|e?fww|eF|af)[A-Za-z]*\b")
_COLUMNS: Final = re.compile(r"(?:^|\s)(?:-?[A-Za-z]*o|--format)")
_WHOLE_LINES: Final = re.compile(r"\b(?:args|cmd|command)\b")
_CONDITION: Final = re.compile(r"(?m)\b(?:el)?if\s+(?P<test>.+?)\s*(?:;\s*then\b|\n\s*then\b|$)")
_ASSIGNED: Final = re.compile(r"(?m)^\s*(?:local\s+|export\s+)?(?P<name>[A-Za-z_]\w*)=(?P<value>.+?)\s*;?\s*$")
_NONE: Final = re.compile(
    r"(?:-eq|-gt|-ne|=|==|!=)\s*[\"']?0[\"']?\b|(?:-lt|-ge)\s*[\"']?1\b|\s-[nz]\s|[!=]=?\s*(?:\"\"|'')"
)
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
    besides = _ASSIGNED.sub("", _CONDITION.sub("", text))
    if not tests or _CHAINED.search(text) or _MORE.search(besides) or runs_unknown(besides):
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
    if said := grep_finds_itself(test):
        yield _Search(said, counts)
    elif (listed := _list(test)) and _matches(_pattern(listed), line):
        yield _Search("it finds itself in the list of processes: its command line has that word too", counts)


def grep_finds_itself(command: str) -> str:
    """Of ``ps … | grep WORD``, if no ``grep -v grep`` is in the pipe: why it finds something, whatever runs."""
    found = None if _WITHOUT_GREP.search(command) else _list(command)
    if not found:
        return ""
    own = found["double"] or found["single"] or found["plain"]
    return "grep finds itself in the list of processes" if _matches(_pattern(found), own) else ""


def _list(test: str) -> re.Match[str] | None:
    """The search of whole command lines for a word; None if it is one of names, or leaves out lines."""
    found = _LISTED.search(_WITHOUT_GREP.sub("", test))
    if not found or set(_EXACT) & set(found["how"]) or not _NOT_LESS.fullmatch(found["rest"]):
        return None
    return found if _lists_arguments(found["options"]) else None


def _lists_arguments(options: str) -> bool:
    if _COLUMNS.search(options):
        return _WHOLE_LINES.search(options) is not None
    return _ARGUMENTS.search(options) is not None


def _pattern(found: re.Match[str]) -> str:
    """With `-w` of grep, as whole words: ``check-haproxy.sh`` has the word haproxy, ``check_haproxy.sh`` has not."""
    pattern = found["double"] or found["single"] or found["plain"]
    return rf"(?<!\w)(?:{pattern})(?!\w)" if "w" in found.groupdict().get("how", "") else pattern


def _matches(pattern: str, line: str) -> bool:
    try:
        return re.search(pattern, line) is not None
    except re.error:
        return False
