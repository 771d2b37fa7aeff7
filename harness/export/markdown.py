"""A run as Markdown: for the page of a CI job, a ticket, a post-mortem."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from harness.export._escape import markdown as escaped
from harness.export._format import Format, Part, text
from harness.export._recorded import Recorded
from harness.model.outcome import Finding, Measure, RunOutcome, StepOutcome, TestOutcome
from harness.report.cells import by_step, short
from harness.report.measured import ACHIEVED, NOTHING, RECOVERY, cell, value

MARKS: Final = {"passed": "✅", "failed": "❌", "invalid": "⚠️"}
MOST: Final = 100
"""Lines of one list. A page of GitHub's takes 1 MiB."""

LEGEND: Final = (
    "Of each vantage point: % of requests that were answered once settled / seconds from the first effect until it was "
    "served for good. A reproduction passes when the outage appears, a gate when the pair holds."
)


def parts(run: Recorded) -> Iterator[Part]:
    yield text("summary.md", document(run.outcome))


def document(outcome: RunOutcome) -> str:
    """Ends with an empty line, so that another document may follow."""
    title = f"### {MARKS[outcome.verdict]} {escaped(outcome.experiment)}: {escaped(outcome.sentence)}"
    parts = [title, *_measured(outcome), *listed("Violated checks", _violated(outcome))]
    parts += listed("Not as expected", _failures(outcome))
    parts += listed("Invalid trials, which count for nothing", _invalid(outcome))
    return "\n\n".join([*parts, f"Run: {escaped(outcome.run)}"]) + "\n\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are escaped already."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def _measured(outcome: RunOutcome) -> list[str]:
    """The table of steps and its legend; nothing if no trial counts."""
    steps = [step for test in outcome.tests for each in by_step(test) for step in each]
    vantages = list(dict.fromkeys(name for step in steps for name in step.vantages))
    rows = [row for test in outcome.tests for row in _rows(test, vantages)]
    head = ["test", "as expected", "step", *map(escaped, vantages), "fault lasted, s"]
    return [table(head, rows), LEGEND] if steps else [table(head[:2], [row[:2] for row in rows])] if rows else []


def _rows(test: TestOutcome, vantages: Sequence[str]) -> Iterator[list[str]]:
    name, said = _name(test), escaped(test.sentence or test.outcome)
    for place, steps in enumerate(by_step(test) or [[]]):
        opening = [f"{MARKS[test.verdict]} {name}", said] if place == 0 else ["", ""]
        achieved = escaped(cell([value(step, ACHIEVED) for step in steps]))
        yield [
            *opening,
            escaped(steps[0].name) if steps else NOTHING,
            *(_cell(steps, each) for each in vantages),
            achieved,
        ]


def _name(test: TestOutcome) -> str:
    return escaped(short(test))


def _cell(steps: Sequence[StepOutcome], vantage: str) -> str:
    seen = [step for step in steps if vantage in step.vantages]
    shares: list[Measure] = [_percent(step.vantages[vantage].success) for step in seen]
    return (
        escaped(f"{cell(shares)} / {cell([value(step, f'{RECOVERY} {vantage}') for step in seen])}")
        if seen
        else NOTHING
    )


def _percent(share: float | None) -> float | None:
    """Never rounded up to 100: what failed must not vanish."""
    return None if share is None else share * 100 if share == 1 else min(share * 100, 99.9)


def _violated(outcome: RunOutcome) -> Iterator[str]:
    """Each check of a test once, with the first of its sentences."""
    for test in outcome.tests:
        found: dict[str, list[Finding]] = {}
        for trial in test.trials:
            for step in trial.steps if trial.valid else ():
                for finding in step.checks:
                    if finding.violated:
                        found.setdefault(finding.name, []).append(finding)
        for name, findings in found.items():
            often = f" in {len(findings)} steps" if len(findings) > 1 else ""
            yield f"**{escaped(name)}**{often} ({_name(test)}): {escaped(findings[0].sentence)}"


def _failures(outcome: RunOutcome) -> Iterator[str]:
    for test in outcome.tests:
        for failure in dict.fromkeys(trial.failure for trial in test.trials if trial.failure):
            yield f"{_name(test)}: {escaped(failure)}"


def _invalid(outcome: RunOutcome) -> Iterator[str]:
    for test in outcome.tests:
        for trial in test.trials:
            if not trial.valid:
                why = f"{trial.phase}: {'; '.join(trial.reasons)}" if trial.phase else "; ".join(trial.reasons)
                yield f"{_name(test)}: {escaped(why)}"


def listed(title: str, lines: Iterable[str]) -> list[str]:
    """A list under its title, or nothing. `lines` are escaped already."""
    items = [f"- {line}" for line in lines]
    more = [f"- … and {len(items) - MOST} more"] if len(items) > MOST else []
    return ["\n".join([f"**{title}**", "", *items[:MOST], *more])] if items else []


FORMAT: Final = Format("the verdict and its table: a CI job's page, a ticket, a post-mortem", parts, of_trials=False)
