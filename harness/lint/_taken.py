"""Which branches of a shell script are taken, where it looks at words that are known: `case "$1" in backup) …`."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

_WORD: Final = r"""(?:"([^"$`]*)"|'([^']*)'|([^\s"'$`;|&()\[\]]+))"""
_CASE: Final = re.compile(rf"\bcase\s+{_WORD}\s+in\b((?:(?!\bcase\b).)*?)\besac\b", re.DOTALL)
_BRANCH: Final = re.compile(r"\s*\(?\s*([^()\n]+?)\s*\)(.*)", re.DOTALL)
_IF: Final = re.compile(r"\bif\b((?:(?!\bif\b).)*?)\bfi\b", re.DOTALL)
_THEN: Final = re.compile(rf"\s*\[{{1,2}}\s+{_WORD}\s+(==?|!=)\s+{_WORD}\s+\]{{1,2}}\s*;?\s*then\b(.*)", re.DOTALL)
_NEXT: Final = re.compile(r"\bel(?=if\b|se\b)")


def taken(text: str) -> str:
    """`text` with the commands of the one branch instead of each `case` and `if` that compares known words.

    Innermost branches first; what is not known stays.
    """
    while (found := _innermost(text)) != text:
        text = found
    return text


def _innermost(text: str) -> str:
    return _CASE.sub(_of_case, _IF.sub(_of_if, text))


def _of_case(found: re.Match[str]) -> str:
    word = _word(found.groups()[:3])
    for branch in filter(str.strip, found[4].split(";;")):
        read = _BRANCH.match(branch)
        if read is None or "$" in read[1]:
            return _unread(found)
        if any(fnmatchcase(word, pattern.strip(" \t\"'")) for pattern in read[1].split("|")):
            return read[2]
    return ""


def _of_if(found: re.Match[str]) -> str:
    for branch in _branches(found[1]):
        if branch.startswith("se"):
            return branch.removeprefix("se")
        read = _THEN.fullmatch(branch.removeprefix("if"))
        if read is None:
            return _unread(found)
        words = read.groups()
        if (_word(words[:3]) == _word(words[4:7])) == (words[3] != "!="):
            return words[7]
    return ""


def _branches(body: str) -> Iterator[str]:
    """`` [ … ]; then …`` of `if`, `if [ … ]; then …` of each `elif`, and `se …` of `else`."""
    yield from _NEXT.split(body)


def _unread(found: re.Match[str]) -> str:
    return found[0]


def _word(of: tuple[str | None, ...]) -> str:
    return next((each for each in of if each is not None), "")
