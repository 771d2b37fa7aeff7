"""The text of a haproxy.cfg as HAProxy reads it: lines in words, without quotation marks, escapes and comments.

Sources: HAProxy's configuration manual, 2.2 (quoting and escaping) and 2.3 (environment variables); parse_line() in
src/tools.c of HAProxy 3.0. A line never goes on in the next one. Both branches of ``.if`` count as written.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_TOKEN = re.compile(
    r"""(?P<blank>\s+) | (?P<comment>\#.*) | '(?P<strong>[^']*)'? | "(?P<weak>(?:[^"\\]|\\.)*\\?)"? |
    (?P<plain>(?:[^\s#'"\\]|\\.|\\$)+)""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"""\\(?:x([0-9a-fA-F]{2})|([ \\#'"rnt]))""")
_ESCAPE_OR_VARIABLE = re.compile(
    rf"{_ESCAPE.pattern}|" + r"\\(\$)|\$\{(\w+)(?:\[\*\])?(?:-([^}]*))?\}|\$(\w+)",
)
_CONTROL: Final = {"r": "\r", "n": "\n", "t": "\t"}
_CONDITIONS: Final = (".if", ".elif", ".else", ".endif", ".diag", ".notice", ".warning", ".alert")


class HaproxyLine(NamedTuple):
    """`path`: in the node. `number`: from 1."""

    path: str
    number: int
    words: tuple[str, ...]

    def begins(self, *words: str) -> bool:
        return self.words[: len(words)] == words

    def word(self, index: int) -> str:
        """ "" if the line has fewer."""
        return self.words[index] if index < len(self.words) else ""

    def after(self, keyword: str) -> str:
        """The word that follows `keyword`; "" if none does."""
        return self.word(self.words.index(keyword) + 1) if keyword in self.words else ""

    def figure(self, keyword: str) -> int | None:
        """The number that follows `keyword`, as C's atol() reads it; None where no digit follows."""
        found = re.match(r"\d+", self.after(keyword))
        return int(found[0]) if found else None


def read_lines(path: str, text: str, variables: dict[str, str]) -> Iterator[HaproxyLine]:
    """The lines of one file that have words. `variables`: grows by what ``setenv`` and ``presetenv`` set."""
    for number, raw in enumerate(text.split("\n"), 1):
        words = split(raw.split("\r")[0], variables)
        if not words or words[0] in _CONDITIONS:
            continue
        if words[0] in ("setenv", "presetenv") and len(words) > 2:
            variables[words[1]] = words[2]
        yield HaproxyLine(path, number, words)


def split(text: str, variables: dict[str, str]) -> tuple[str, ...]:
    """A line in words. A variable that the file does not set stays as written: its value is not known here."""
    words: list[str | None] = [None]
    for token in _TOKEN.finditer(text):
        if token["comment"] is not None:
            break
        if token["blank"] is not None:
            words.append(None)
        else:
            words[-1] = (words[-1] or "") + _piece(token, variables)
    return tuple(word for word in words if word is not None)


def _piece(token: re.Match[str], variables: dict[str, str]) -> str:
    if token["strong"] is not None:
        return token["strong"]
    if token["weak"] is not None:
        return _ESCAPE_OR_VARIABLE.sub(lambda found: _weak(found, variables), token["weak"])
    return _ESCAPE.sub(_escaped, token["plain"])


def _escaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else _CONTROL.get(found[2], found[2])


def _weak(found: re.Match[str], variables: dict[str, str]) -> str:
    if found[3]:
        return found[3]
    if name := found[4] or found[6]:
        return variables.get(name, found[0] if found[5] is None else found[5])
    return _escaped(found)
