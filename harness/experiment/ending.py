"""How a trial ended: as expected, not as expected, invalid, or by an error that says nothing about the pair.

===========================  =======================================================================================
what the test raised         what it means
===========================  =======================================================================================
nothing                      as expected
`AssertionError`             not as expected
any other error, after at    not as expected: the test does not foresee what the pair did (it takes the only owner, and
least one step               there are two)
`NotSteady`                  not as expected: the pair has not recovered from the trial before, or never was steady
`TooBusy`                    invalid: the failure may be the machine's
any other `HarnessError`     invalid: our own instruments failed
`UsageError`, any other      the test ends: it asks for something wrong, or there is a defect. Another trial would
error                        not help
===========================  =======================================================================================

A trial that `recovery.validity` calls invalid is invalid, also if the test raised an error.
"""

from harness.experiment.steady import NotSteady
from harness.experiment.trial import Trial
from harness.model.errors import HarnessError, TooBusy, UsageError
from harness.model.outcome import TrialOutcome


def ended(trial: Trial, failure: Exception | None) -> TrialOutcome:
    """`failure`: what the test raised in this trial."""
    steps = tuple(trial.steps)
    if trial.invalid:
        return TrialOutcome(False, trial.invalid, steps, trial.phase)
    if failure is None:
        return TrialOutcome(True, (), steps)
    if is_result(trial, failure):
        return TrialOutcome(True, (), steps, failure=words(failure))
    if isinstance(failure, HarnessError) and not isinstance(failure, UsageError):
        phase = "machine" if isinstance(failure, TooBusy) else trial.phase
        return TrialOutcome(False, (words(failure),), steps, phase)
    return TrialOutcome(False, (words(failure),), steps, "ended early")


def is_result(trial: Trial, failure: Exception) -> bool:
    """Does `failure` tell something about the pair?"""
    if isinstance(failure, HarnessError):
        return isinstance(failure, NotSteady)
    ours = trial.stepping or not trial.steady
    return not ours and (isinstance(failure, AssertionError) or bool(trial.steps))


def words(error: BaseException) -> str:
    """Its first line, with the name of its kind unless that is clear."""
    first = str(error).strip().partition("\n")[0]
    if isinstance(error, HarnessError | AssertionError) and first:
        return first
    return f"{type(error).__name__}: {first}".removesuffix(": ")
