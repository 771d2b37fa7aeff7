"""`harness run --baseline`: what a run is compared with, and both verdicts."""

from collections.abc import Collection
from pathlib import Path

import msgspec

from harness.cli._compared import compared
from harness.cli._console import one_line, out, print_json, show
from harness.cli._story import show_story
from harness.cli._view import view
from harness.cli._why import why
from harness.compare import EXIT, ComparisonReport, compare
from harness.compare.judging import LEAST
from harness.compare.sample import short
from harness.history.kept_runs import find_run, outcome_of
from harness.model.errors import BadValue, UsageError
from harness.model.outcome import RunOutcome


class RunAndComparison(msgspec.Struct, frozen=True):
    """What ``--json`` prints with a baseline."""

    run: RunOutcome
    comparison: ComparisonReport


def read_baseline(text: str, experiment: str, trials: int | None, runs: Path, tests: Collection[str]) -> RunOutcome:
    """Before anything starts: raises `UsageError` for what would end without a comparison. `tests`: that will run."""
    if trials is None or trials < LEAST:
        asked = "not given" if trials is None else trials
        raise BadValue("--trials", asked, f"{LEAST} or more with --baseline: fewer show no difference")
    baseline = outcome_of(find_run(text, runs))
    if baseline.experiment != experiment:
        raise UsageError(f"--baseline {text} is a run of {baseline.experiment}, and not of {experiment}.")
    common = [test for test in baseline.tests if short(test).split("[")[0] in tests]
    if not common:
        has = ", ".join(map(short, baseline.tests)) or "none"
        raise UsageError(f"--baseline {text} has the tests {has}, and none of {', '.join(tests)}: no test is in both.")
    measured = (test for test in common if test.verdict != "invalid")
    most = max((sum(trial.valid for trial in test.trials) for test in measured), default=0)
    if most < LEAST:
        raise UsageError(
            f"--baseline {text} has at most {most} valid trials of a test that was measured and will be run again; "
            f"a comparison needs {LEAST}."
        )
    return baseline


Against = ComparisonReport | UsageError | None
"""A comparison, why there is none, or that none was asked for."""


def print_outcome(outcome: RunOutcome, found: Against, *, json: bool) -> None:
    """The outcome is shown also if it cannot be compared."""
    report = found if isinstance(found, ComparisonReport) else None
    if json:
        view("The result", lambda: print_json(RunAndComparison(outcome, report) if report else outcome))
        return
    if not view("The story of this run", lambda: show_story(outcome)):
        view("The verdict", lambda: show(one_line(f"{outcome.verdict}: {outcome.sentence}")))
    view("The explanation", lambda: _explained(outcome))
    if report:
        view("The comparison", lambda: out.print(compared(report)))


def _explained(outcome: RunOutcome) -> None:
    for line in why(outcome, most=1):
        show(line)


def against(outcome: RunOutcome | None, baseline: RunOutcome | None) -> Against:
    """An error is kept for the end: what a run left behind is said first."""
    try:
        return compare(baseline, [outcome]) if baseline and outcome else None
    except UsageError as refused:  # no test in common: `--only` named others
        return refused


def exit_status(against: Against) -> int:
    """Raises the error of a comparison that could not be made."""
    if isinstance(against, UsageError):
        raise against
    return EXIT[against.judgement] if against else 0
