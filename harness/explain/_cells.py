"""Cells of the tables of docs/, word for word. `scripts/tables.py` copies them anew when it makes the tables."""

from pathlib import Path
from typing import Final

import msgspec

FILE: Final = Path(__file__).with_name("measured.json")


class Cell(msgspec.Struct, frozen=True):
    """`row`: the text of the first column; in a table with a column ``step`` followed by the step's name."""

    source: str
    row: str
    column: str
    text: str


CELLS: Final = tuple(msgspec.json.decode(FILE.read_bytes(), type=tuple[Cell, ...]))
_TEXTS: Final = {(each.source, each.row, each.column): each.text for each in CELLS}


def cell(source: str, row: str, column: str) -> str:
    """Raises `KeyError` if measured.json has no such cell: add it there, and run ``python scripts/tables.py``."""
    return _TEXTS[source, row, column]
