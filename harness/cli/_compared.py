"""A comparison for people: the verdict, a row for each primary comparison, where else to look, what else differs."""

from collections.abc import Iterator

from rich.console import Group
from rich.table import Table
from rich.text import Text

from harness.cli._console import table
from harness.compare import Compared, ComparisonReport
from harness.compare.report import Judgement, Side
from harness.model.comparisons import MeasureName
from harness.report.one_line import one_line

_COLOURS: dict[Judgement, str] = {
    "worse": "red",
    "better": "green",
    "no difference shown": "",
    "too few trials": "yellow",
}
_SHOWN = 8  # of the exploratory comparisons

LEGEND = """\
Median and its 95 % interval. Primary comparisons decide; they are corrected for their number (Holm, 5 %).
would show: the least regression that these numbers of trials show in 9 of 10 such comparisons."""


def compared(report: ComparisonReport) -> Group:
    verdict = Text(f"{report.judgement}: {one_line(report.sentence)}", style=f"bold {_COLOURS[report.judgement]}")
    told = [Text(LEGEND, style="dim"), *map(Text, _exploratory(report)), *map(Text, _differs(report))]
    origin = "declared with the experiment" if report.declared else "the usual ones: the experiment declares none"
    runs = f"baseline: {one_line(report.baseline)}   compared: {one_line(', '.join(report.runs))}"
    return Group(verdict, Text(runs), Text(f"primary comparisons: {origin}"), _table(report), *told)


def _table(report: ComparisonReport) -> Table:
    several = len(report.runs) > 1
    rows = table(*(["run"] if several else []), "comparison", "baseline", "candidate", "shift", "", "would show")
    for each in report.primary:
        cells = ([each.run] if several else []) + list(_row(each))
        rows.add_row(*(Text(one_line(cell)) for cell in cells), style=_COLOURS[each.judgement])
    return rows


def _row(each: Compared) -> Iterator[str]:
    measure = each.what.measure
    yield str(each.what)
    yield _side(each.baseline, measure)
    yield _side(each.candidate, measure)
    yield "–" if each.shift is None else value(each.shift, measure, signed=True)
    yield each.judgement
    yield _would_show(each)


def _would_show(each: Compared) -> str:
    if each.p_worse is None:
        return "–"
    worse = -1 if each.what.measure == "success" else 1
    return "nothing" if each.smallest is None else value(worse * each.smallest, each.what.measure, signed=True)


def _side(side: Side, measure: MeasureName) -> str:
    """``0.812 s (0.790–0.840), n 10``."""
    unknown = f", unknown {side.unknown}" if side.unknown else ""
    if not side.n:
        return f"no trial tells{unknown}"
    low, high = (("…" if bound is None else value(bound, measure)) for bound in (side.low, side.high))
    return f"{_median(side, measure)} ({low}–{high}), n {side.n}{unknown}"


def _median(side: Side, measure: MeasureName) -> str:
    return "not served" if side.median is None else value(side.median, measure)


def value(number: float, measure: MeasureName, *, signed: bool = False) -> str:
    """As people read it: ``0.812 s``, ``99.8 %``, ``2``."""
    sign = "+" if signed else ""
    if measure == "success":
        return f"{number * 100:{sign}.1f} %"
    return f"{number:{sign}.3f} s" if measure == "recovery" else f"{number:{sign}g}"


def _exploratory(report: ComparisonReport) -> Iterator[str]:
    found = [each for each in report.exploratory if each.judgement in ("worse", "better")]
    if report.exploratory:
        yield f"exploratory, not corrected, decides nothing: {len(found)} of {len(report.exploratory)} differ"
    for each in found[:_SHOWN]:
        shift = "" if each.shift is None else f" by {value(each.shift, each.what.measure, signed=True)}"
        yield one_line(f"  {each.what}: {each.judgement}{shift} (p {min(each.p_worse or 1, each.p_better or 1):.2g})")
    if len(found) > _SHOWN:
        yield f"  and {len(found) - _SHOWN} more: --json has them all"


def _differs(report: ComparisonReport) -> Iterator[str]:
    for run, lines in report.differs.items():
        if lines:
            yield one_line(f"also different in {run}:")
        yield from (f"  {one_line(line)}" for line in lines)
