"""Reads a haproxy.cfg: sections and lines in words, with their places. HAProxy's configuration manual, 2.2 and 4."""

from typing import NamedTuple


class HaproxyLine(NamedTuple):
    """`path`: in the node. `number`: from 1."""

    path: str
    number: int
    words: tuple[str, ...]


class HaproxySection(NamedTuple):
    """`kind`: global, defaults, frontend, backend, listen …; `head`: its first line."""

    kind: str
    name: str
    head: HaproxyLine
    lines: tuple[HaproxyLine, ...]


class Haproxy(NamedTuple):
    sections: tuple[HaproxySection, ...]


def read(files: dict[str, str]) -> Haproxy:
    """`files`: path → text, in the order in which HAProxy reads them."""
    raise NotImplementedError
