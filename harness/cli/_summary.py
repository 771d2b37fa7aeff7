"""A run's outcome as people read it: a row per test, then the sentences of what was violated."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from harness.cli._console import table
from harness.model.outcome import Finding, RunOutcome, StepOutcome, TestOutcome

_COLOURS = {"passed": "green", "failed": "red", "invalid": "yellow"}


def summary(run: RunOutcome) -> Group:
    """Recovery and durations are those of the first fault step of the valid trials."""
    lines = [Text(line) for test in run.tests for line in _sentences(test)]
    verdict = Text(f"{run.verdict}: {run.sentence}", style=f"bold {_COLOURS[run.verdict]}")
    return Group(_table(run), *lines, verdict, Text(f"run: {run.run}"))


def _table(run: RunOutcome) -> Table:
    vantages = list(dict.fromkeys(v for test in run.tests for step in fault_steps(test) for v in step.vantages))
    rows = table(
        "test", "intent", "outcome", *(f"recovery {vantage}" for vantage in vantages), "fault lasted", "on the wire"
    )
    for test in run.tests:
        rows.add_row(*_row(test, vantages), style="" if test.verdict == "passed" else _COLOURS[test.verdict])
    return rows


def _row(test: TestOutcome, vantages: Sequence[str]) -> Iterator[str]:
    steps = fault_steps(test)
    yield test.name.removeprefix("test_")
    yield test.intent
    yield test.sentence or test.outcome
    for vantage in vantages:
        yield spread([step.vantages[vantage].recovery_s for step in steps if vantage in step.vantages])
    faults = [step.fault for step in steps if step.fault]
    yield spread([fault.achieved_s for fault in faults], never="not released")
    bounds = [bound for fault in faults for bound in fault.wire_s or ()]
    yield spread(list(bounds)) if bounds else "–"


def fault_steps(test: TestOutcome) -> list[StepOutcome]:
    """Of each valid trial the first step that held a fault."""
    firsts = (next((step for step in trial.steps if step.fault), None) for trial in test.trials if trial.valid)
    return [step for step in firsts if step]


def spread(values: Sequence[float | None], never: str = "never") -> str:
    """``0.812–1.004 s``; None counts as `never`: ``never 3/3``."""
    known = sorted(value for value in values if value is not None)
    parts = []
    if known:
        low, high = f"{known[0]:.3f}", f"{known[-1]:.3f}"
        parts.append(f"{low} s" if low == high else f"{low}–{high} s")
    if missing := len(values) - len(known):
        parts.append(f"{never} {missing}/{len(values)}")
    return ", ".join(parts) or "–"


def _sentences(test: TestOutcome) -> Iterator[str]:
    """Each violated check once, how often, and its first sentence; then why trials were invalid."""
    findings = [finding for trial in test.trials if trial.valid for step in trial.steps for finding in step.checks]
    violated = [finding for finding in findings if finding.violated]
    for name, times in Counter(finding.name for finding in violated).items():
        yield f"  {test.name.removeprefix('test_')}: {name} violated {times}×: {_first(violated, name)}"
    for reason, times in Counter(reason for trial in test.trials for reason in trial.reasons).items():
        yield f"  {test.name.removeprefix('test_')}: invalid {times}×: {reason}"


def _first(findings: Iterable[Finding], name: str) -> str:
    return next(finding.sentence for finding in findings if finding.name == name)
