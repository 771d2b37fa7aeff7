"""The words of a verdict: what a test shows, what a run shows. Pure."""

from collections import Counter
from collections.abc import Sequence

from harness.model.outcome import RunOutcome, TestOutcome, TrialOutcome, Verdict

_WORDS = {
    ("reproduction", "passed"): "reproduced",
    ("reproduction", "failed"): "not reproduced",
    ("gate", "passed"): "safe",
    ("gate", "failed"): "unsafe",
}


def outcome_of(
    name: str,
    intent: str,
    trials: Sequence[TrialOutcome],
    *,
    measured: bool,
    afterwards: str = "",
    ended_early: str = "",
) -> TestOutcome:
    """A test passes when every valid trial was as expected, enough attempts were valid, and it came to its end.

    `afterwards`: what it raised after its last trial, a failure too. `ended_early`: what kept it from its last trial.
    """
    valid, failed = sum(trial.valid for trial in trials), sum(bool(trial.failure) for trial in trials)
    verdict: Verdict = (
        "invalid" if not measured else "failed" if failed or afterwards else "invalid" if ended_early else "passed"
    )
    outcome = _WORDS.get((intent, verdict), "invalid")
    sentence = f"{outcome if intent == 'reproduction' else 'held'} {valid - failed}/{valid}{_invalid(trials)}"
    sentence += f", failed after the last trial: {afterwards.removesuffix('.')}" if afterwards else ""
    sentence += f", ended early: {ended_early.removesuffix('.')}" if ended_early else ""
    return TestOutcome(name, intent, outcome, verdict, tuple(trials), sentence)


def _invalid(trials: Sequence[TrialOutcome]) -> str:
    """``, 2 invalid (1 before the fault, 1 instruments)``."""
    phases = Counter(trial.phase for trial in trials if not trial.valid)
    parts = ", ".join(f"{count} {phase}" for phase, count in phases.items())
    return f", {phases.total()} invalid ({parts})" if phases else ""


def run_outcome(experiment: str, run: str, tests: Sequence[TestOutcome], *, interrupted: bool) -> RunOutcome:
    """Verdicts merge to the worst: failed before invalid before passed; an interrupted or empty run is invalid."""
    verdicts = {test.verdict for test in tests}
    verdict: Verdict = (
        "failed" if "failed" in verdicts else "invalid" if "invalid" in verdicts or not tests else "passed"
    )
    if interrupted and verdict == "passed":
        verdict = "invalid"
    title = experiment.replace("_", " ").title() or "Nothing"
    words = [f"{test.name.removeprefix('test_').replace('_', ' ')}: {test.sentence}" for test in tests]
    sentence = f"{title} {_headline(tests)}. {'; '.join(words)}."
    return RunOutcome(experiment, verdict, f"Interrupted. {sentence}" if interrupted else sentence, run, tuple(tests))


def _headline(tests: Sequence[TestOutcome]) -> str:
    """The first test's own words: an experiment's first test is the outage itself."""
    return tests[0].sentence if tests else "was not measured"
