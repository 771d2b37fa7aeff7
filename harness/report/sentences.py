"""An outcome in sentences: violated checks, trials that failed or were invalid, and what the machine had to do."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from harness.model.outcome import Finding, RunOutcome, TestOutcome
from harness.report.cells import short


def sentences(test: TestOutcome) -> Iterator[str]:
    """Each violated check once, how often, and its first sentence; then why trials failed or were invalid."""
    yield from violations(test)
    yield from troubles(test)


def violations(test: TestOutcome) -> Iterator[str]:
    """``outage: no_hang violated in 2 steps: …``, of the valid trials."""
    violated = violated_of(test)
    for name, times in Counter(finding.name for finding in violated).items():
        often = f" in {times} steps" if times > 1 else ""
        yield f"{short(test)}: {name} violated{often}: {_first(violated, name)}"


def violated_of(test: TestOutcome) -> list[Finding]:
    """The violated findings of all steps of its valid trials, in order."""
    return [finding for _, finding in violated_by_step(test)]


def violated_by_step(test: TestOutcome) -> list[tuple[str, Finding]]:
    """The same, each with the name of its step."""
    steps = [step for trial in test.trials if trial.valid for step in trial.steps]
    return [(step.name, finding) for step in steps for finding in step.checks if finding.violated]


def troubles(test: TestOutcome) -> Iterator[str]:
    """Why trials were not as expected, and why some were invalid."""
    for failure, times in Counter(trial.failure for trial in test.trials if trial.failure).items():
        yield f"{short(test)}: not as expected in {times} of {len(test.trials)} trials: {failure}"
    for (phase, reason), times in Counter((trial.phase, r) for trial in test.trials for r in trial.reasons).items():
        yield f"{short(test)}: {times} invalid{f' ({phase})' if phase else ''}: {reason}"


class Busiest(NamedTuple):
    """The most that any step of any trial saw, invalid ones too, from 0 to 1; None: no step says."""

    busy: float | None
    stolen: float | None
    waited: float | None


def busiest(run: RunOutcome) -> Busiest:
    loads = [step.machine for test in run.tests for trial in test.trials for step in trial.steps if step.machine]
    shares = ([load.busy for load in loads], [load.stolen for load in loads], [load.waited for load in loads])
    return Busiest(*(max((share.most for share in each if share), default=None) for each in shares))


def machine(run: RunOutcome) -> Iterator[str]:
    """What the machine had to do; nothing where no step says."""
    words = (
        "its own processes used up to {} % of its CPU time",
        "other machines took up to {} % of it",
        "tasks waited for a CPU for up to {} %",
    )
    known = [(told, most) for told, most in zip(words, busiest(run), strict=True) if most is not None]
    if known:
        yield ", ".join(told.format(f"{most * 100:.0f}") for told, most in known)


def _first(findings: Iterable[Finding], name: str) -> str:
    return next(finding.sentence for finding in findings if finding.name == name)
