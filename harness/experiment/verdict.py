"""The words of a verdict: what a test shows, what a run shows. Pure."""

from collections.abc import Sequence

from harness.model.outcome import RunOutcome, TestOutcome, TrialOutcome, Verdict

_WORDS = {
    ("reproduction", "passed"): "reproduced",
    ("reproduction", "failed"): "not reproduced",
    ("gate", "passed"): "safe",
    ("gate", "failed"): "unsafe",
}


def outcome_of(name: str, intent: str, trials: Sequence[TrialOutcome], failures: int, *, measured: bool) -> TestOutcome:
    """A test passes when every valid trial was as expected and enough attempts were valid."""
    valid = sum(trial.valid for trial in trials)
    verdict: Verdict = "invalid" if not measured else "failed" if failures else "passed"
    outcome = _WORDS.get((intent, verdict), "invalid")
    sentence = (
        f"{outcome} {valid - failures}/{valid}" if intent == "reproduction" else f"held {valid - failures}/{valid}"
    )
    if invalid := len(trials) - valid:
        sentence += f", {invalid} invalid"
    return TestOutcome(name, intent, outcome, verdict, tuple(trials), sentence)


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
