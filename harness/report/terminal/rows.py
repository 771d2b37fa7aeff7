"""The steps of a run as a small table: how long each vantage point was without service, and what its words mean."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.text import Text

from harness.model.outcome import RunOutcome, StepOutcome, TestOutcome
from harness.report.cells import by_step, recovered, short
from harness.report.terminal.fit import padded, plain
from harness.report.terminal.glyphs import Glyphs

COLOURS: Final = {"passed": "green", "failed": "red", "invalid": "yellow"}
_MEANINGS: Final = ("  until served for good (down 1/2: 1 of 2 not)", "  until served for good", "")
"""What the cells are, from the step's first effect on; the first one that has room beside the head."""
_GAP: Final = "  "
_WIDEST: Final = (22, 18)  # of test and step
_LEAST, _MOST = 12, 24  # of a vantage point


class Row(NamedTuple):
    test: TestOutcome
    steps: Sequence[StepOutcome]
    first: bool  # of its test


def table(run: RunOutcome, columns: int, lines: int, glyphs: Glyphs) -> list[Text]:
    """Its head and at most `lines - 1` rows; those of tests that were not as expected are the last to be left out."""
    rows = [Row(test, steps, place == 0) for test in run.tests for place, steps in enumerate(by_step(test))]
    kept = _kept(rows, lines - 1)
    if not kept:
        return []
    vantages = list(dict.fromkeys(name for row in kept for name in row.steps[0].vantages))
    cells = [["test", "step", *vantages], *(_cells(row, vantages) for row in kept)]
    widths = _widths(cells, columns)
    styles = ["dim", *("" if row.test.verdict == "passed" else COLOURS[row.test.verdict] for row in kept)]
    left = [plain(_left(len(rows) - len(kept), cells[0], widths), "dim")] if _is_cut(rows, kept, cells, widths) else []
    drawn = [_line(row, widths, style, glyphs) for row, style in zip(cells, styles, strict=True)]
    room = columns - drawn[0].cell_len
    drawn[0].append(next(words for words in _MEANINGS if len(words) <= room), "dim")
    return [*drawn, *left]


def _kept(rows: Sequence[Row], most: int) -> list[Row]:
    """One line less where a line must say how many were left out."""
    if len(rows) <= most:
        return list(rows)
    ranked = sorted(range(len(rows)), key=lambda place: (rows[place].test.verdict == "passed", place))
    return [rows[place] for place in sorted(ranked[: max(0, most - 1)])]


def _is_cut(rows: Sequence[Row], kept: Sequence[Row], cells: Sequence[Sequence[str]], widths: Sequence[int]) -> bool:
    return len(kept) < len(rows) or len(widths) < len(cells[0])


def _left(rows: int, head: Sequence[str], widths: Sequence[int]) -> str:
    """``and 12 more steps, 2 more vantage points``."""
    told = ((rows, "more steps"), (len(head) - len(widths), "more vantage points"))
    return f"and {', '.join(f'{number} {what}' for number, what in told if number)}"


def _cells(row: Row, vantages: Sequence[str]) -> list[str]:
    seen = ([step.vantages[name] for step in row.steps if name in step.vantages] for name in vantages)
    return [short(row.test) if row.first else "", row.steps[0].name, *map(recovered, seen)]


def _widths(cells: Sequence[Sequence[str]], columns: int) -> list[int]:
    """As many vantage points as there is room for."""
    wanted = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    widths = [min(width, most) for width, most in zip(wanted, _WIDEST, strict=False)]
    for width in wanted[2:]:
        room = columns - sum(widths) - len(_GAP) * len(widths)
        if room < _LEAST:
            break
        widths.append(min(width, _MOST, room))
    return widths


def _line(row: Sequence[str], widths: Sequence[int], style: str, glyphs: Glyphs) -> Text:
    fitted = (padded(cell, width, glyphs.more) for cell, width in zip(row, widths, strict=False))
    return plain(_GAP.join(fitted).rstrip(), style)
