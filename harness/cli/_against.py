"""`harness run --baseline`: what a run is compared with, and both verdicts."""

from pathlib import Path

import msgspec

from harness.cli._compared import compared
from harness.cli._console import out, print_json
from harness.cli._story import show_story
from harness.compare import ComparisonReport, compare
from harness.compare.judging import LEAST
from harness.history.kept_runs import find_run, outcome_of
from harness.model.errors import BadValue, UsageError
from harness.model.outcome import RunOutcome


class RunAndComparison(msgspec.Struct, frozen=True):
    """What ``--json`` prints with a baseline."""

    run: RunOutcome
    comparison: ComparisonReport


def read_baseline(text: str, experiment: str, trials: int | None, runs: Path) -> RunOutcome:
    """Before anything starts: raises `UsageError` for what would end without a comparison."""
    if trials is None or trials < LEAST:
        asked = "not given" if trials is None else trials
        raise BadValue("--trials", asked, f"{LEAST} or more with --baseline: fewer show no difference")
    baseline = outcome_of(find_run(text, runs))
    if baseline.experiment != experiment:
        raise UsageError(f"--baseline {text} is a run of {baseline.experiment}, and not of {experiment}.")
    most = max((sum(trial.valid for trial in test.trials) for test in baseline.tests), default=0)
    if most < LEAST:
        raise UsageError(f"--baseline {text} has at most {most} valid trials of a test; a comparison needs {LEAST}.")
    return baseline


def print_outcome(outcome: RunOutcome, baseline: RunOutcome | None, *, json: bool) -> ComparisonReport | None:
    """Returns the comparison, if there is a baseline. The outcome is shown also if it cannot be compared."""
    report, refused = _compared(outcome, baseline)
    if json:
        print_json(RunAndComparison(outcome, report) if report else outcome)
    else:
        show_story(outcome)
        if report:
            out.print(compared(report))
    if refused:
        raise refused
    return report


def _compared(outcome: RunOutcome, baseline: RunOutcome | None) -> tuple[ComparisonReport | None, UsageError | None]:
    if baseline is None:
        return None, None
    try:
        return compare(baseline, [outcome]), None
    except UsageError as refused:  # no test in common: `--only` named others
        return None, refused
