"""The explicit loop of an experiment: steady state on entry, reset on exit, invalid trials repeated.

A body that fails leaves the loop; the plugin settles that trial and calls the test again, and the loop goes on where it
stopped. So one failure does not hide how often it happens: the outcome says k of n.
"""

from collections.abc import Callable, Iterator
from typing import Final

from harness.experiment.ending import ended, words
from harness.experiment.run import Run
from harness.experiment.steady import await_steady
from harness.experiment.trial import Trial
from harness.model.client import holder
from harness.model.errors import BadValue, HarnessError, NotMeasured, UsageError
from harness.model.load import with_rates
from harness.model.outcome import TrialOutcome
from harness.model.units import format_duration

INVALID_SHARE: Final = 0.3  # more of all attempts invalid: nothing was measured
ALWAYS_ALLOWED: Final = 1  # invalid attempt: else a test of one or two trials could repeat none


class Trials:
    """`wanted` valid trials, at most as many attempts again for invalid ones. Raises `BadValue` for less than one.

    `failures`: what the trials raised that were not as expected. `afterwards`: what the test raised after its last one.
    `ended_early`: the error that ended the test before; `interrupted`: it was Ctrl-C.
    """

    def __init__(self, run: Run, wanted: int, say: Callable[[str], None]) -> None:
        if wanted < 1:
            raise BadValue("trials", wanted, "a whole number from 1 on")
        self.outcomes: list[TrialOutcome] = []
        self.failures: list[Exception] = []
        self.afterwards = ""
        self.ended_early = ""
        self.interrupted = False
        self._run = run
        self._wanted = wanted
        self._say = say
        self._current: Trial | None = None

    def __iter__(self) -> Iterator[Trial]:
        self._left()
        while not self.finished:
            yield self._open()
            self.settle()

    def load(self, **load_hz: float) -> None:
        """Arrivals per second of each vantage point, by stream, in the trials that follow: what no marker can know."""
        self._run.streams = with_rates(self._run.streams, load_hz)
        told = ", ".join(f"{stream} {hz:.3g}" for stream, hz in load_hz.items())
        self._say(f"  requests per second of each vantage point: {told}")

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
        return bool(self.valid) and invalid <= max(ALWAYS_ALLOWED, INVALID_SHARE * len(self.outcomes))

    def complete(self, body: Callable[[], object]) -> None:
        """Calls `body` (which loops over these trials) until all are done.

        Raises what says nothing about the pair, and what `body` raises after its last trial.
        """
        try:
            while not self.finished:
                self._call(body)
        except BaseException as error:
            self.end(error)
            raise

    def end(self, error: BaseException) -> None:
        """Keeps why the test ended otherwise than by its last trial."""
        if isinstance(error, KeyboardInterrupt | SystemExit):
            self.interrupted = True
        elif self.finished and not self.ended_early and not isinstance(error, HarnessError):
            self.afterwards = words(error)
        else:
            self.ended_early = words(error)

    def raise_failures(self) -> None:
        """Raises the first failure with its share, or `NotMeasured` if too many attempts were invalid.

        Its cause is then the first failure of a valid trial, if there was one.
        """
        if not self.measured:
            reasons = sorted({f"{reason} ({each.phase})" for each in self.outcomes for reason in each.reasons})
            what = f"{self.valid} of {len(self.outcomes)} attempts were valid: {'; '.join(reasons)}"
            raise NotMeasured(what) from next(iter(self.failures), None)
        if self.failures:
            self.failures[0].add_note(f"{len(self.failures)} of {self.valid} trials were not as expected.")
            raise self.failures[0]

    def abandon(self) -> None:
        """Keeps a trial that was interrupted half way: invalid, with the steps that it came to."""
        if trial := self._current:
            self._current = None
            self.outcomes.append(TrialOutcome(False, ("interrupted",), tuple(trial.steps), "interrupted"))

    def settle(self, failure: Exception | None = None) -> None:
        """Ends the current trial, if one is open, and resets the lab. Raises `failure` if it is no trial's result."""
        trial, self._current = self._current, None
        if trial is None:
            return
        place, outcome = self._place, ended(trial, failure)
        self.outcomes.append(outcome)
        self._say(f"  {place}: {_word(outcome)}")
        if outcome.failure:
            assert failure
            self.failures.append(failure)
        if outcome.phase == "ended early":
            assert failure
            raise failure
        self._reset()

    @property
    def _place(self) -> str:
        """``trial 2 of 3``, with the number of the attempt if an earlier one of this trial was invalid."""
        attempt = next((n for n, each in enumerate(reversed(self.outcomes)) if each.valid), len(self.outcomes)) + 1
        return f"trial {self.valid + 1} of {self._wanted}{f', attempt {attempt}' if attempt > 1 else ''}"

    def _call(self, body: Callable[[], object]) -> None:
        before = len(self.outcomes)
        try:
            body()
        except Exception as failure:
            if self._current is None:
                raise
            self.settle(failure)
        else:
            self._left()
            if len(self.outcomes) == before:
                raise UsageError("The test asked for no trial. It is to loop over them: for trial in trials.")

    def _left(self) -> None:
        """Settles a trial that the test left half way: whatever the rest of it would have shown was not looked at."""
        if self._current:
            self.settle(AssertionError("the test left this trial before its end (break or return)"))

    def _reset(self) -> None:
        """An error of it is never the test's own."""
        self.ended_early = "the lab was not reset"
        self._run.lab.reset()
        self.ended_early = ""

    def _open(self) -> Trial:
        number = self._run.next_trial()
        self._say(f"  {self._place}: the lab is reset; waiting for steady state")
        trial = self._current = Trial(self._run, number, self._say)
        self._run.full_load()
        self._run.lab.reset()
        self._run.lab.mark("trial_begin", number, holder())
        began = self._run.view.now
        await_steady(self._run, self._say)
        trial.steady = True
        self._say(f"  steady after {format_duration(max(0, self._run.view.now - began))}")
        return trial


def _word(outcome: TrialOutcome) -> str:
    if not outcome.valid:
        return f"invalid ({outcome.phase}): {'; '.join(outcome.reasons)}"
    return f"not as expected: {outcome.failure}" if outcome.failure else "as expected"
