"""The text of a keepalived.conf as keepalived reads it: the lines that are in force on one node, in words.

Source: read_line(), decomment() and replace_param() in lib/parser.c of keepalived 2.3. A line that is not understood is
refused, never skipped: bounds must not follow from lines that keepalived reads otherwise.
"""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import Final

import msgspec

from harness.model.errors import UsageError

MAIN: Final = "keepalived.conf"
_HOME: Final = "/etc/keepalived"

_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_COMMENT = re.compile(rf'((?:[^"!#\\]|\\.|{_QUOTED})*)[!#].*')
_WORD = re.compile(rf'({_QUOTED})|[^\s"]+')
_BRACE = re.compile(rf"({_QUOTED}|\$\{{_[^{{}}]*\}})|([{{}}])")  # ${_RANDOM 1 5} is no block
_DEFINITION = re.compile(r"\$([A-Za-z_]\w*)=\s*(.*)")
_PARAMETER = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*)(?=[ \t\n,)]|$))")
_INCLUDE = re.compile(r"include[rmwba]?\s+(\S+)")
_CONDITION = re.compile(r"@(\^?)(\S*)\s*(.*)")
_DEEPEST: Final = 20
_STANDARD: Final = {"_HASH": "#", "_BANG": "!"}


class Line(msgspec.Struct, frozen=True):
    """Words of one line; every brace is a line of its own. `number`: in `file`, from 1."""

    file: str
    number: int
    words: tuple[str, ...]


def read_lines(text: str, node: str = "", included: Mapping[str, str] | None = None) -> Iterator[Line]:
    """The lines in force on `node`. `included`: path → text of what an ``include`` may name.

    Raises `UsageError` for what keepalived would read and this does not.
    """
    return _Reader(node, included or {}).lines(MAIN, text)


def unfilled(text: str, node: str = "", included: Mapping[str, str] | None = None) -> Iterator[tuple[Line, str]]:
    """Every ``${NAME}`` outside quotation marks that no line defines: keepalived reads it as ordinary words.

    A leading underscore marks names that keepalived itself defines (keepalived.conf(5), "Pre-defined definitions"):
    keepalived reports those that it does not know.
    """
    reader = _Reader(node, included or {})
    for file, number, statement in reader.statements(MAIN, text):
        for found in _PARAMETER.finditer(re.sub(_QUOTED, "", statement)):
            if not (found[1] or found[2]).startswith("_"):
                yield Line(file, number, (statement,)), found[0]


class _Reader:
    """Definitions are known from their line on, also in the files that follow."""

    def __init__(self, node: str, included: Mapping[str, str]) -> None:
        self._node = node
        self._included = included
        self._defined = _STANDARD | {"_INSTANCE": node}
        self._depth = 0  # of includes

    def lines(self, file: str, text: str) -> Iterator[Line]:
        for name, number, statement in self.statements(file, text):
            for piece in _pieces(statement):
                if words := _words(piece, name, number):
                    yield Line(name, number, words)

    def statements(self, file: str, text: str) -> Iterator[tuple[str, int, str]]:
        """(file, number, text): no comment, no condition, parameters replaced, includes followed."""
        lines = enumerate(text.split("\n"), 1)
        for number, raw in lines:
            statement = self._conditional(_without_comment(raw))
            if found := _DEFINITION.fullmatch(statement):
                self._defined[found[1]] = "\n".join(_value(found[2], lines))
                continue
            for each in self._replaced(statement, _folder(file)).split("\n"):
                yield from self._one(self._conditional(each), file, number)

    def _one(self, statement: str, file: str, number: int) -> Iterator[tuple[str, int, str]]:
        if statement.startswith("~"):
            raise _unsupported(file, number, statement, "sequences and lists (~SEQ, ~LST)")
        if found := _INCLUDE.fullmatch(statement):
            yield from self._follow(found[1].strip('"'), file, number)
        elif statement:
            yield file, number, statement

    def _conditional(self, statement: str) -> str:
        """``@NODE line`` counts on that node, ``@^NODE line`` on every other; empty where it does not count."""
        if not (found := _CONDITION.fullmatch(statement)):
            return statement
        return found[3] if (found[2] == self._node) != bool(found[1]) else ""

    def _replaced(self, statement: str, folder: str) -> str:
        """As often as a value names another parameter; what is not defined stays as it is."""
        defined = self._defined | {"_PWD": folder}
        for _ in defined:
            replaced = _PARAMETER.sub(lambda found: defined.get(found[1] or found[2], found[0]), statement)
            if replaced == statement:
                break
            statement = self._conditional(replaced)
        return statement

    def _follow(self, pattern: str, file: str, number: int) -> Iterator[tuple[str, int, str]]:
        """A recording keeps no folders: its files are found by their names alone."""
        name, wanted = PurePosixPath(pattern).name, PurePosixPath(_folder(file), pattern)
        found = sorted(path for path in self._included if _matches(PurePosixPath(path), wanted))
        if not found:
            raise UsageError(
                f"{file}, line {number}: include {pattern}: no such file was given. Put it into the configuration's "
                f'folder and name it in settings.toml: [files."{name}"] kind = "balancer", path = "…".'
            )
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UsageError(f"{file}, line {number}: include {pattern}: the file includes itself.")
        for path in found:
            yield from self.statements(path, self._included[path])
        self._depth -= 1


def _matches(path: PurePosixPath, wanted: PurePosixPath) -> bool:
    """glob(3): a ``*`` matches no slash."""
    if not path.is_absolute():
        return fnmatch(path.name, wanted.name)
    return len(path.parts) == len(wanted.parts) and all(map(fnmatch, path.parts, wanted.parts))


def _folder(file: str) -> str:
    """keepalived changes into the folder of each file that it includes. A recording keeps the names alone."""
    return str(PurePosixPath(_HOME, file).parent)


def _value(first: str, lines: Iterator[tuple[int, str]]) -> Iterator[str]:
    """Of a definition: one line, or several, each of which but the last ends with a backslash (keepalived.conf(5))."""
    while first.endswith("\\"):
        if said := first[:-1].strip():
            yield said
        first = _without_comment(next(lines, (0, ""))[1])
    yield first


def _without_comment(raw: str) -> str:
    """Without its comment, which begins at a ``!`` or ``#`` outside quotation marks."""
    found = _COMMENT.fullmatch(raw)
    return re.sub(r"\\([!#])", r"\1", found[1] if found else raw).strip()


def _pieces(statement: str) -> list[str]:
    """Split at each brace that stands outside quotation marks."""
    return _BRACE.sub(lambda found: found[1] or f"\n{found[2]}\n", statement).split("\n")


def _words(piece: str, file: str, number: int) -> tuple[str, ...]:
    if '"' in re.sub(_QUOTED, "", piece):
        raise UsageError(f"{file}, line {number}: a quotation mark is never closed: {piece.strip()}")
    return tuple(found[1][1:-1] if found[1] else found[0] for found in _WORD.finditer(piece))


def _unsupported(file: str, number: int, statement: str, what: str) -> UsageError:
    return UsageError(
        f"{file}, line {number}: {statement}: the harness does not read {what}, and bounds must follow from what "
        "keepalived really loads. Write the lines out."
    )
