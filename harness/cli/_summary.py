"""A run's outcome for people, all of it: a row per step, the sentences of violated checks, the verdict."""

from collections.abc import Iterator, Sequence

from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from harness.cli._console import table
from harness.cli._why import why
from harness.model.outcome import RunOutcome, StepOutcome
from harness.report.cells import by_step, lasted, leads, percent, recovered, short
from harness.report.one_line import one_line
from harness.report.sentences import machine, sentences

LEGEND = """\
customer: success once settled, and the time until it was served for good; down: not served in the end.
+0.5 s: so long after the fault began. A reproduction passes when its outage appears, whatever checks it violates."""

_COLOURS = {"passed": "green", "failed": "red", "invalid": "yellow"}


def summary(run: RunOutcome) -> Group:
    """Of the valid trials. A vantage point's cell: its success once settled, and how long until it was served again."""
    lines = [Text(f"  {one_line(line)}") for test in run.tests for line in sentences(test)]
    if lines:
        lines.insert(0, Text(LEGEND, style="dim"))
    lines += [Text(words, style="dim") for words in why(run)]
    lines += [Text(f"  the machine at its busiest second: {words}") for words in machine(run)]
    verdict = Text(f"{run.verdict}: {one_line(run.sentence)}", style=f"bold {_COLOURS[run.verdict]}")
    return Group(_table(run), *lines, verdict, Text(f"run: {one_line(run.run)}"))


def _table(run: RunOutcome) -> Table:
    vantages = list(dict.fromkeys(v for test in run.tests for steps in by_step(test) for v in steps[0].vantages))
    headings = (escape(one_line(vantage)) for vantage in vantages)
    rows = table("test", "step", *headings, "ARP entries lead to", "fault lasted (on the wire)")
    for test in run.tests:
        style = "" if test.verdict == "passed" else _COLOURS[test.verdict]
        for place, steps in enumerate(by_step(test)):
            rows.add_row(_cell(short(test) if place == 0 else ""), *map(_cell, _row(steps, vantages)), style=style)
    return rows


def _cell(text: str) -> Text:
    """A bare string would be read as markup."""
    return Text(one_line(text))


def _row(steps: Sequence[StepOutcome], vantages: Sequence[str]) -> Iterator[str]:
    yield steps[0].name
    for vantage in vantages:
        seen = [step.vantages[vantage] for step in steps if vantage in step.vantages]
        yield f"{percent([each.success for each in seen])}, {recovered(seen)}"
    yield "; ".join(dict.fromkeys(leads(step.arp) for step in steps))
    yield lasted(steps)
