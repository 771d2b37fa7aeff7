"""The explicit loop of an experiment: steady state on entry, reset on exit, invalid trials repeated.

A body that fails leaves the loop; the plugin settles that trial and calls the test again, and the loop goes on where it
stopped. So one failure does not hide how often it happens: the outcome says k of n.
"""

from collections.abc import Callable, Iterator

from harness.experiment.run import Run
from harness.experiment.steady import await_steady, hand_back
from harness.experiment.trial import Trial
from harness.model.errors import HarnessError, NotMeasured
from harness.model.outcome import TrialOutcome
from harness.model.units import format_duration

INVALID_SHARE = 0.3  # more of all attempts invalid (but one is always allowed): nothing was measured


class Trials:
    """`wanted` valid trials, at most as many attempts again for invalid ones."""

    def __init__(self, run: Run, wanted: int, say: Callable[[str], None]) -> None:
        self.outcomes: list[TrialOutcome] = []
        self.failures: list[BaseException] = []
        self._run = run
        self._wanted = wanted
        self._say = say
        self._current: Trial | None = None

    def __iter__(self) -> Iterator[Trial]:
        while not self.finished:
            self._current = self._open()
            yield self._current
            self.settle()

    @property
    def valid(self) -> int:
        return sum(outcome.valid for outcome in self.outcomes)

    @property
    def finished(self) -> bool:
        return self.valid == self._wanted or len(self.outcomes) == 2 * self._wanted

    @property
    def measured(self) -> bool:
        """False: too many attempts were invalid for the rest to mean anything."""
        invalid = len(self.outcomes) - self.valid
        return bool(self.valid) and invalid <= max(1, INVALID_SHARE * len(self.outcomes))

    def complete(self, body: Callable[[], object]) -> None:
        """Calls `body` (which loops over these trials) until all are done. Interrupts pass through."""
        while not self.finished:
            try:
                body()
            except (AssertionError, HarnessError) as failure:
                self.settle(failure)

    def raise_failures(self) -> None:
        """Raises the first failure with its share, or `NotMeasured` if too many attempts were invalid."""
        if not self.measured:
            reasons = sorted({reason for outcome in self.outcomes for reason in outcome.reasons})
            raise NotMeasured(f"{self.valid} of {len(self.outcomes)} attempts were valid: {'; '.join(reasons)}")
        if self.failures:
            self.failures[0].add_note(f"{len(self.failures)} of {self.valid} trials were not as expected.")
            raise self.failures[0]

    def abandon(self) -> None:
        """Keeps a trial that was interrupted half way: invalid, with the steps that it came to."""
        if trial := self._current:
            self._current = None
            self.outcomes.append(TrialOutcome(False, ("interrupted",), tuple(trial.steps)))

    def settle(self, failure: BaseException | None = None) -> None:
        """Ends the current trial: `failure` counts unless our own instruments made the trial invalid."""
        trial, self._current = self._current, None
        if trial is None:
            if failure:
                raise failure
            return
        reasons = trial.invalid
        if isinstance(failure, HarnessError) and not reasons:
            reasons = (str(failure),)
        if failure and not reasons:
            self.failures.append(failure)
        self.outcomes.append(TrialOutcome(not reasons, reasons, tuple(trial.steps)))
        self._say(f"  trial {len(self.outcomes)}: {'invalid: ' + '; '.join(reasons) if reasons else _word(failure)}")
        self._run.lab.reset()

    def _open(self) -> Trial:
        number = self._run.next_trial()
        self._say(f"  trial {self.valid + 1} of {self._wanted}: waiting for steady state")
        trial = Trial(self._run, number, self._say)
        self._current = trial
        self._run.full_load()
        self._run.lab.reset()
        self._run.lab.mark("trial_begin", number)
        began = self._run.view.now
        hand_back(self._run)
        await_steady(self._run)
        self._say(f"  steady after {format_duration(max(0, self._run.view.now - began))}")
        return trial


def _word(failure: BaseException | None) -> str:
    return f"not as expected: {failure}".splitlines()[0] if failure else "as expected"
