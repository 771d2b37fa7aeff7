"""The words of a verdict."""

from harness.experiment.verdict import outcome_of, run_outcome
from harness.model.outcome import TestOutcome, TrialOutcome

GOOD = TrialOutcome(True, (), ())
BAD = TrialOutcome(False, ("late",), ())


def one(name: str = "test_outage", failures: int = 0, *, measured: bool = True) -> TestOutcome:
    return outcome_of(name, "reproduction", [GOOD, GOOD, BAD], failures, measured=measured)


def test_a_reproduction_says_how_often() -> None:
    assert one().sentence == "reproduced 2/2, 1 invalid"
    assert one(failures=1).sentence == "not reproduced 1/2, 1 invalid"
    assert (one().verdict, one(failures=1).verdict) == ("passed", "failed")


def test_too_many_invalid_trials_are_no_verdict() -> None:
    assert one(measured=False).verdict == "invalid"


def test_a_gate_holds() -> None:
    gate = outcome_of("test_survived", "gate", [GOOD], 0, measured=True)
    assert (gate.outcome, gate.sentence) == ("safe", "held 1/1")


def test_verdicts_merge_to_the_worst() -> None:
    tests = [one(), one("test_flush", 1), one("test_announce", measured=False)]
    assert run_outcome("june_13", "runs/x", tests, interrupted=False).verdict == "failed"
    assert run_outcome("june_13", "runs/x", tests[::2], interrupted=False).verdict == "invalid"
    assert run_outcome("june_13", "runs/x", tests[:1], interrupted=False).verdict == "passed"


def test_an_interrupted_or_empty_run_never_passes() -> None:
    interrupted = run_outcome("june_13", "runs/x", [one()], interrupted=True)
    assert interrupted.verdict == "invalid"
    assert interrupted.sentence.startswith("Interrupted. June 13 reproduced 2/2")
    assert run_outcome("june_13", "runs/x", [], interrupted=False).verdict == "invalid"


def test_the_sentence_names_every_test() -> None:
    outcome = run_outcome("june_13", "runs/x", [one(), one("test_flush", 1)], interrupted=False)
    assert outcome.sentence.startswith("June 13 reproduced 2/2, 1 invalid. outage: ")
    assert "flush: not reproduced 1/2" in outcome.sentence
