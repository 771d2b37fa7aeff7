"""`harness doctor`."""

import typer
from rich.table import Table
from rich.text import Text

from harness.cli._console import Json, out, print_json, table
from harness.lab.doctor import Row, diagnose, healthy

_COLOURS = {"ok": "green", "limited": "yellow", "missing": "red", "unknown": "dim"}


def doctor(*, json: Json = False) -> None:
    """What this machine offers, and what the product does without missing features. Exit 3 if the lab cannot run.

    Examples:

      harness doctor
    """
    rows = diagnose()
    if json:
        print_json(rows)
    else:
        out.print(_table(rows))
    if not healthy(rows):
        raise typer.Exit(3)


def _table(rows: tuple[Row, ...]) -> Table:
    shown = table("what", "found", "", "without it")
    for row in rows:
        shown.add_row(row.what, row.found, Text(row.verdict, style=_COLOURS[row.verdict]), row.without)
    return shown
