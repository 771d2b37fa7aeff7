"""A problem of a configuration's file: its line, a program's message about it, and its severity."""

import re
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

Severity = Literal["will not run", "lost", "harmless"]
"""`lost`: it runs, but a line is not in force, or is in force with another value than written."""

_ORDER: Final[tuple[Severity, ...]] = ("will not run", "lost", "harmless")
_MASKED: Final = re.compile(r"(\bauth_pass\s+)\S+")


class Problem(msgspec.Struct, frozen=True):
    """`path`: in the node. `line`: from 1; 0 if it is not known. `said`: the program's own message, or ours."""

    node: str
    path: str
    line: int
    severity: Severity
    said: str
    quoted: str = ""  # the line as it stands in the file


def quoted(text: str, line: int) -> str:
    """That line of a file; "" for 0. Passwords are masked: messages end up in tickets."""
    lines = text.split("\n")
    found = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return _MASKED.sub(r"\1…", found)


def by_line(problems: Iterable[Problem]) -> list[Problem]:
    """One for each line, the worst first said; problems without a line stay as they are. The order is kept."""
    kept: dict[tuple[str, str, int, str], Problem] = {}
    for problem in problems:
        key = (problem.node, problem.path, problem.line, "" if problem.line else problem.said)
        if key not in kept or _ORDER.index(problem.severity) < _ORDER.index(kept[key].severity):
            kept[key] = problem
    return list(kept.values())
