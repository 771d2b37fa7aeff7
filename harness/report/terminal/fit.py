"""Texts of unknown origin, cut to the cells that there are: some characters take two, some none."""

from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from harness.report.one_line import one_line
from harness.report.terminal.glyphs import UNICODE


def cut(text: str, columns: int, more: str = UNICODE.more) -> str:
    """At most so many columns; `more` says that something is missing."""
    plain = one_line(text)
    if cell_len(plain) <= columns:
        return plain
    return set_cell_size(plain, max(0, columns - 1)).rstrip() + more


def padded(text: str, columns: int, more: str = UNICODE.more) -> str:
    """Exactly so many columns."""
    return set_cell_size(cut(text, columns, more), columns)


_INDENT: Final = "    "


def wrapped(text: str, columns: int, lines: int, more: str = UNICODE.more) -> list[str]:
    """Broken between words into at most so many lines; the rest of a longer text is cut."""
    broken = list(_lines(one_line(text).split(" "), columns))
    if len(broken) <= lines:
        return broken
    rest = " ".join(line.removeprefix(_INDENT) for line in broken[lines - 1 :])
    return [*broken[: lines - 1], cut((_INDENT if lines > 1 else "") + rest, columns, more)]


def _lines(words: list[str], columns: int) -> Iterator[str]:
    line = ""
    for word in words:
        longer = f"{line} {word}" if line else word
        if line and cell_len(longer) > columns:
            yield cut(line, columns)
            line = f"{_INDENT}{word}"
        else:
            line = longer
    yield cut(line, columns)


def plain(line: str, style: str = "") -> Text:
    """Never read as markup."""
    return Text(line, style=style, no_wrap=True)
