"""The words of a verdict."""

import pytest

from harness.experiment.verdict import outcome_of, run_outcome
from harness.model.outcome import TestOutcome, TrialOutcome

GOOD = TrialOutcome(True, (), ())
FAILED = TrialOutcome(True, (), (), failure="Pair not steady after 40 s: external is owned by no node.")
BAD = TrialOutcome(False, ("late",), (), "instruments")
UNSTEADY = TrialOutcome(False, ("Before the fault gw-2 did not reach lb-ext-1",), (), "before the fault")


def one(name: str = "test_outage", failures: int = 0, *, measured: bool = True) -> TestOutcome:
    trials = [*[FAILED] * failures, *[GOOD] * (2 - failures), BAD]
    return outcome_of(name, "reproduction", trials, measured=measured)


def test_a_reproduction_says_how_often() -> None:
    assert one().sentence == "reproduced 2/2, 1 invalid (1 instruments)"
    assert one(failures=1).sentence == "not reproduced 1/2, 1 invalid (1 instruments)"
    assert (one().verdict, one(failures=1).verdict) == ("passed", "failed")


def test_too_many_invalid_trials_are_no_verdict() -> None:
    assert one(measured=False).verdict == "invalid"


def test_a_gate_holds() -> None:
    gate = outcome_of("test_survived", "gate", [GOOD], measured=True)
    assert (gate.outcome, gate.sentence) == ("safe", "held 1/1")


@pytest.mark.parametrize("intent, outcome", [("gate", "unsafe"), ("reproduction", "not reproduced")])
def test_a_pair_that_never_becomes_steady_is_a_verdict(intent: str, outcome: str) -> None:
    """No step was begun, and still it is known that the pair does not hold, nor shows the outage in question."""
    test = outcome_of("test_it", intent, [FAILED], measured=True)
    assert (test.outcome, test.verdict) == (outcome, "failed")


def test_invalid_trials_are_counted_by_phase() -> None:
    """Whoever reads it sees whether trials were lost before the fault or, which may select, after it."""
    test = outcome_of("test_it", "gate", [*[GOOD] * 9, UNSTEADY, BAD, UNSTEADY], measured=True)
    assert test.sentence == "held 9/9, 3 invalid (2 before the fault, 1 instruments)"


def test_a_test_that_ended_early_never_passes() -> None:
    test = outcome_of("test_it", "gate", [GOOD], measured=True, ended_early="KeyError: 'gw-9'")
    assert (test.verdict, test.sentence) == ("invalid", "held 1/1, ended early: KeyError: 'gw-9'")
    failed = outcome_of("test_it", "gate", [GOOD, FAILED], measured=True, ended_early="KeyError: 'gw-9'")
    assert failed.verdict == "failed"


def test_what_fails_after_the_last_trial_fails_the_test() -> None:
    test = outcome_of("test_it", "gate", [GOOD], measured=True, afterwards="in all 2 of 3")
    assert (test.verdict, test.sentence) == ("failed", "held 1/1, failed after the last trial: in all 2 of 3")


def test_verdicts_merge_to_the_worst() -> None:
    tests = [one(), one("test_flush", 1), one("test_announce", measured=False)]
    assert run_outcome("june_13", "runs/x", tests, interrupted=False).verdict == "failed"
    assert run_outcome("june_13", "runs/x", tests[::2], interrupted=False).verdict == "invalid"
    assert run_outcome("june_13", "runs/x", tests[:1], interrupted=False).verdict == "passed"


def test_an_interrupted_or_empty_run_never_passes() -> None:
    interrupted = run_outcome("june_13", "runs/x", [one()], interrupted=True)
    assert interrupted.verdict == "invalid"
    assert interrupted.sentence.startswith("Interrupted. June 13 reproduced 2/2")
    empty = run_outcome("", "runs/x", [], interrupted=False)
    assert (empty.verdict, empty.sentence) == ("invalid", "Nothing was not measured. .")


def test_an_interrupt_does_not_undo_a_failure() -> None:
    """What failed before it has failed."""
    assert run_outcome("june_13", "runs/x", [one(failures=1)], interrupted=True).verdict == "failed"


def test_the_sentence_names_every_test() -> None:
    outcome = run_outcome("june_13", "runs/x", [one(), one("test_flush", 1)], interrupted=False)
    assert outcome.sentence.startswith("June 13 reproduced 2/2, 1 invalid (1 instruments). outage: ")
    assert "flush: not reproduced 1/2" in outcome.sentence
