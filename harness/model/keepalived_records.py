"""The shape of keepalived's text dump: sections, records of a section, lines of a record; not their meaning.

    ------< VRRP Topology >------
     VRRP Instance = external
       Priority = 150
       Virtual IP (1):
         10.10.0.100/24 dev eth0 scope global

Source: conf_write() calls of keepalived 2.2.7 and 2.3.3, and their dumps (tests/data/dumps).
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

_SECTION: Final = re.compile(r"------< (.+) >------")
_KEY: Final = re.compile(r"(.*?)\s*(?:\((\d+)\))?\s*:(?:\s+(.*))?")
_LINE_DEPTH: Final = 3
_ITEM_DEPTH: Final = 5


class Line(msgspec.Struct, frozen=True):
    """``Key = value`` or ``Key (count):`` with its `items`; a text without either is all key. `count` None: absent."""

    text: str
    key: str
    value: str = ""
    count: int | None = None
    items: tuple[str, ...] = ()


class Record(msgspec.Struct, frozen=True):
    """`kind` and `name`: of ``VRRP Instance = external``."""

    section: str
    kind: str
    name: str
    lines: tuple[Line, ...]


class Records(msgspec.Struct, frozen=True):
    """`sections`: in the order in which they began. `strays`: lines that belong to no record, and their section."""

    sections: tuple[str, ...]
    records: tuple[Record, ...]
    strays: tuple[tuple[str, str], ...]


def read_records(text: str) -> Records:
    """Of the whole lines of `text`: what follows the last line feed may still be written."""
    reader = _Reader()
    for line in text.split("\n")[:-1]:
        reader.take(line)
    return Records(tuple(reader.sections), tuple(reader.records()), tuple(reader.strays))


class _Reader:
    def __init__(self) -> None:
        self.sections: list[str] = []
        self.strays: list[tuple[str, str]] = []
        self._found: list[tuple[str, str, list[tuple[str, list[str]]]]] = []  # section, head, lines with their items

    def take(self, raw: str) -> None:
        line = raw.strip()
        depth = len(raw) - len(raw.lstrip())
        if section := _SECTION.fullmatch(raw):
            self.sections.append(section[1])
        elif not line:
            return
        elif depth == 1 and self.sections:
            self._found.append((self.sections[-1], line, []))
        elif not (self._of_this_section() and self._belongs(line, depth)):
            self.strays.append((self.sections[-1] if self.sections else "", line))

    def records(self) -> Iterator[Record]:
        for section, head, lines in self._found:
            kind, _, name = head.partition(" = ")
            yield Record(section, kind, name, tuple(_line(text, items) for text, items in lines))

    def _of_this_section(self) -> bool:
        return bool(self._found) and self._found[-1][0] == self.sections[-1]

    def _belongs(self, line: str, depth: int) -> bool:
        lines = self._found[-1][2]
        if depth >= _ITEM_DEPTH and lines:
            lines[-1][1].append(line)
        elif depth == _LINE_DEPTH:
            lines.append((line, []))
        else:
            return False
        return True


def _line(text: str, items: list[str]) -> Line:
    key, equals, value = text.partition(" = ")
    if equals:
        return Line(text, key, value, items=tuple(items))
    if found := _KEY.fullmatch(text):
        return Line(text, found[1], found[3] or "", int(found[2]) if found[2] else None, tuple(items))
    return Line(text, text, items=tuple(items))
