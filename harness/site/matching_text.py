"""A text that a regular expression matches, for checks that expect one. What PCRE and Python have in common."""

import re
import re._constants as code  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Callable, Iterable
from typing import Any, Final

_LETTERS: Final = "aZ0 -_~\n"
_OF_CATEGORY: Final = {"CATEGORY_DIGIT": "0", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a"}
_SAME: Final = {
    "[[:digit:]]": r"\d",
    "[[:space:]]": r"\s",
    "[:digit:]": "0-9",
    "[:alpha:]": "a-zA-Z",
    "[:space:]": r"\s",
}
"""POSIX classes, which Python lacks."""


def matching(pattern: str) -> str:
    """A short one. Raises `ValueError` if none is found, also for an expression that Python does not know."""
    for posix, python in _SAME.items():
        pattern = pattern.replace(posix, python)
    try:
        text = _texts(parser.parse(pattern))
        found = re.search(pattern, text)
    except (re.error, OverflowError, RecursionError, KeyError) as error:
        raise ValueError(f"no text is known that {pattern!r} matches") from error
    if not found:
        raise ValueError(f"no text is known that {pattern!r} matches")
    return text


def _texts(tree: Iterable[tuple[Any, Any]]) -> str:
    return "".join(_text(kind, value) for kind, value in tree)


def _text(kind: Any, value: Any) -> str:
    """ "" of anchors and assertions: the search decides."""
    made = _MADE.get(kind)
    return made(value) if made else ""


def _one_of(items: list[tuple[Any, Any]]) -> str:
    kind, value = items[0]
    if kind is code.NEGATE:
        return next((each for each in _LETTERS if not any(_has(item, each) for item in items[1:])), "x")
    if kind is code.LITERAL:
        return chr(value)
    if kind is code.RANGE:
        return chr(value[0])
    return _OF_CATEGORY.get(str(value), "x")


def _has(item: tuple[Any, Any], letter: str) -> bool:
    kind, value = item
    if kind is code.LITERAL:
        return bool(ord(letter) == value)
    if kind is code.RANGE:
        return bool(value[0] <= ord(letter) <= value[1])
    plain = str(value).replace("NOT_", "")
    escaped = {"CATEGORY_DIGIT": r"\d", "CATEGORY_SPACE": r"\s", "CATEGORY_WORD": r"\w"}[plain]
    return bool(re.match(escaped, letter)) != ("NOT_" in str(value))


_MADE: Final[dict[Any, Callable[[Any], str]]] = {
    code.LITERAL: chr,
    code.NOT_LITERAL: lambda letter: "b" if letter == ord("a") else "a",
    code.ANY: lambda _: "x",
    code.IN: _one_of,
    code.MAX_REPEAT: lambda given: _texts(given[2]) * given[0],
    code.MIN_REPEAT: lambda given: _texts(given[2]) * given[0],
    code.POSSESSIVE_REPEAT: lambda given: _texts(given[2]) * given[0],
    code.SUBPATTERN: lambda given: _texts(given[-1]),
    code.ATOMIC_GROUP: _texts,
    code.BRANCH: lambda given: _texts(given[1][0]),
}
"""Kind of a part of an expression → a text for it."""
