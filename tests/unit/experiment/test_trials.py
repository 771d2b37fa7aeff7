"""The explicit loop: every way out of it, which trials count, which are repeated, and how often a failure happens."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest
from docker.errors import DockerException

from harness.experiment import trials as module
from harness.experiment.asserted_finding import AssertedFinding
from harness.experiment.run import Run
from harness.experiment.steady import NotSteady
from harness.experiment.trial import InvalidTrial, Trial
from harness.experiment.trials import Trials
from harness.experiment.verdict import outcome_of
from harness.model.errors import AgentError, BadValue, NotMeasured, UnknownName, UsageError
from harness.model.load import BACKGROUND, PROBE
from harness.model.outcome import Finding, Judgement, StepOutcome, TestOutcome
from harness.model.requests import Stream
from harness.model.units import s


class QuietRun:
    """A run whose lab never does anything. `unsteady`: trial's number → what its waiting for steady state raises."""

    def __init__(self) -> None:
        self.lab = self.view = self
        self.now = 0
        self.trials = 0
        self.unsteady: dict[int, Exception] = {}
        self.broken: Exception | None = None  # what a reset fails with

        self.streams = {Stream.probe: PROBE, Stream.background: BACKGROUND}
        self.loaded: list[float] = []

    def full_load(self) -> None:
        self.loaded.append(self.streams[Stream.background].rate_hz)

    def mark(self, name: str, trial: int, step: str) -> None: ...

    def reset(self) -> None:
        if self.broken:
            raise self.broken

    def next_trial(self) -> int:
        self.trials += 1
        return self.trials

    def await_steady(self, _say: Callable[[str], None]) -> None:
        if error := self.unsteady.get(self.trials):
            raise error


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> QuietRun:
    monkeypatch.setattr(module, "await_steady", QuietRun.await_steady)
    return QuietRun()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def loop(run: QuietRun, said: list[str]) -> Callable[[int], Trials]:
    return lambda wanted: Trials(cast("Run", cast("Any", run)), wanted, said.append)


def stepped(trial: Trial) -> None:
    trial.phase = "instruments"
    trial.steps.append(StepOutcome("blip", "blackhole", 2.0, None, {}, {}))


def invalid(trial: Trial) -> None:
    stepped(trial)
    trial.invalid = ("late",)
    raise InvalidTrial("late")


def judged(trials: Trials) -> TestOutcome:
    return outcome_of(
        "test_it", "gate", trials.outcomes,
        measured=trials.measured, afterwards=trials.afterwards, ended_early=trials.ended_early,
    )  # fmt: skip


def test_as_many_as_wanted(loop: Callable[[int], Trials]) -> None:
    trials, seen = loop(3), list[int]()
    trials.complete(lambda: seen.extend(trial.number for trial in trials))
    trials.raise_failures()
    assert seen == [1, 2, 3]
    assert judged(trials).sentence == "held 3/3"
    assert not trials.interrupted


def test_load_that_a_test_sets_itself_is_that_of_each_trial(
    loop: Callable[[int], Trials], run: QuietRun, said: list[str]
) -> None:
    """Only while it runs is it known how many customers this machine can answer. What it does not name stays."""
    trials = loop(2)

    def body() -> None:
        trials.load(background=24.25)
        assert [trial.number for trial in trials] == [1, 2]

    trials.complete(body)
    assert run.loaded == [24.25, 24.25]
    assert run.streams[Stream.probe] == PROBE
    assert said[0] == "  requests per second of each vantage point: background 24.2"


@pytest.mark.parametrize("wanted", [0, -1])
def test_less_than_one_trial_is_refused(loop: Callable[[int], Trials], wanted: int) -> None:
    """It would loop for ever: one valid trial is already more than were wanted."""
    with pytest.raises(BadValue, match=f"trials is {wanted}; valid is a whole number from 1 on"):
        loop(wanted)


TWO_OWNERS = "ValueError: too many values to unpack (expected 1)"


def two_owners(owners: Sequence[str] = ("lb-ext-1", "lb-ext-2")) -> None:
    (_,) = owners


def no_such_cache() -> None:
    _ = dict[str, str]()["gw-9"]


def wrong() -> None:
    raise AssertionError("gw-2 leads to lb-ext-2\n  more lines of pytest's own")


def nothing_said() -> None:
    raise AssertionError


@pytest.mark.parametrize(
    "judge, failure",
    [
        (two_owners, TWO_OWNERS),
        (no_such_cache, "KeyError: 'gw-9'"),
        (wrong, "gw-2 leads to lb-ext-2"),
        (nothing_said, "AssertionError"),
    ],
)
def test_whatever_is_raised_after_a_step_fails_that_trial(
    loop: Callable[[int], Trials], said: list[str], judge: Callable[[], None], failure: str
) -> None:
    """Two owners where the test takes one apart are the worst result of all; the other trials are run."""
    trials = loop(3)

    def body() -> None:
        for trial in trials:
            stepped(trial)
            if trial.number == 2:
                judge()

    trials.complete(body)
    assert [outcome.failure for outcome in trials.outcomes] == ["", failure, ""]
    assert all(outcome.valid for outcome in trials.outcomes)
    assert (judged(trials).verdict, judged(trials).sentence) == ("failed", "held 2/3")
    assert f"  trial 2 of 3: not as expected: {failure}" in said
    with pytest.raises(type(trials.failures[0])) as caught:
        trials.raise_failures()
    assert caught.value.__notes__ == ["1 of 3 trials were not as expected."]


def test_of_several_failures_the_first_is_raised(loop: Callable[[int], Trials]) -> None:
    """It says with what it began; the note says of how many."""
    trials = loop(3)

    def body() -> None:
        for trial in trials:
            stepped(trial)
            assert trial.number == 3, f"trial {trial.number}"

    trials.complete(body)
    with pytest.raises(AssertionError, match="trial 1") as caught:
        trials.raise_failures()
    assert caught.value.__notes__ == ["2 of 3 trials were not as expected."]


def test_a_trial_whose_history_cannot_tell_is_repeated(loop: Callable[[int], Trials]) -> None:
    """An assertion of a finding that is inconclusive: nothing is known for the pair or against it."""
    verdicts: dict[int, Judgement] = {1: "holds", 2: "inconclusive", 3: "holds", 4: "holds"}
    trials = loop(3)

    def body() -> None:
        for trial in trials:
            stepped(trial)
            assert AssertedFinding(Finding("pair_agrees", verdicts[trial.number], "No state is known."), "blip").holds

    trials.complete(body)
    assert [(each.valid, each.phase) for each in trials.outcomes if not each.valid] == [(False, "instruments")]
    assert (judged(trials).verdict, judged(trials).sentence) == ("passed", "held 3/3, 1 invalid (1 instruments)")


def test_where_no_history_can_tell_nothing_was_measured(loop: Callable[[int], Trials]) -> None:
    trials = loop(2)

    def body() -> None:
        for trial in trials:
            stepped(trial)
            assert AssertedFinding(Finding("pair_agrees", "inconclusive", "No state is known."), "blip").violated

    trials.complete(body)
    assert judged(trials).verdict == "invalid"
    with pytest.raises(NotMeasured, match="No state is known"):
        trials.raise_failures()


def test_an_assertion_before_the_first_step_is_a_result_too(loop: Callable[[int], Trials]) -> None:
    trials = loop(2)

    def body() -> None:
        for trial in trials:
            assert trial.number != 1, "first"

    trials.complete(body)
    assert [outcome.failure for outcome in trials.outcomes] == ["first", ""]


def test_any_other_error_before_the_first_step_is_a_defect_of_the_experiment(loop: Callable[[int], Trials]) -> None:
    """It would be the same in each trial, and says nothing about the pair: neither a failure nor a pass."""
    trials = loop(3)

    def body() -> None:
        for trial in trials:
            if trial.number == 2:
                no_such_cache()
            stepped(trial)

    with pytest.raises(KeyError):
        trials.complete(body)
    assert [(each.valid, each.phase) for each in trials.outcomes] == [(True, ""), (False, "ended early")]
    assert judged(trials).verdict == "invalid"
    assert judged(trials).sentence == "held 1/1, 1 invalid (1 ended early), ended early: KeyError: 'gw-9'"


def test_a_failure_stays_one_when_the_test_ends_early(loop: Callable[[int], Trials]) -> None:
    trials = loop(3)

    def body() -> None:
        for trial in trials:
            if trial.number == 2:
                no_such_cache()
            stepped(trial)
            wrong()

    with pytest.raises(KeyError):
        trials.complete(body)
    assert judged(trials).verdict == "failed"


def test_an_error_inside_a_step_is_never_the_pairs(
    loop: Callable[[int], Trials], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check of ours that fails on a history is a defect of ours, in a later step too."""
    monkeypatch.setattr(Trial, "_step", lambda *_: no_such_cache())
    trials = loop(1)

    def body() -> None:
        for trial in trials:
            stepped(trial)
            trial.step("broken", watch=s)

    with pytest.raises(KeyError):
        trials.complete(body)
    assert [outcome.phase for outcome in trials.outcomes] == ["ended early"]
    assert judged(trials).verdict == "invalid"


@pytest.mark.parametrize("error", [UnknownName("pair", "extrenal", ["external"]), BadValue("watch", 0, "positive")])
def test_wrong_use_is_not_tried_again(loop: Callable[[int], Trials], error: UsageError) -> None:
    trials = loop(3)

    def body() -> None:
        for trial in trials:
            stepped(trial)
            raise error

    with pytest.raises(UsageError):
        trials.complete(body)
    assert len(trials.outcomes) == 1
    assert judged(trials).verdict == "invalid"


LEFT = "the test left this trial before its end (break or return)"


def broken_off(trials: Trials) -> None:
    for trial in trials:
        stepped(trial)
        break


def returned_from(trials: Trials) -> None:
    for trial in trials:
        stepped(trial)
        if trial.number:
            return


def swallowed(trials: Trials) -> None:
    try:
        for trial in trials:
            stepped(trial)
            no_such_cache()
    except KeyError:
        pass  # a test may swallow its own error: the trial is not whole all the same


@pytest.mark.parametrize("body", [broken_off, returned_from, swallowed])
def test_a_trial_that_is_left_half_way_has_failed(
    loop: Callable[[int], Trials], body: Callable[[Trials], None]
) -> None:
    """What the rest of it would have shown was not looked at. 49 of them were once discarded without a word."""
    trials, settled = loop(2), list[int]()

    def called() -> None:
        settled.append(len(trials.outcomes))
        body(trials)

    trials.complete(called)
    assert [outcome.failure for outcome in trials.outcomes] == [LEFT, LEFT]
    assert settled == [0, 1]  # at once, not when the next trial is asked for
    assert judged(trials).verdict == "failed"


def test_a_second_loop_settles_what_the_first_has_left(loop: Callable[[int], Trials]) -> None:
    trials = loop(2)

    def body() -> None:
        broken_off(trials)
        for trial in trials:
            stepped(trial)

    trials.complete(body)
    assert [outcome.failure for outcome in trials.outcomes] == [LEFT, ""]


def test_a_test_that_asks_for_no_trial_does_not_loop_for_ever(loop: Callable[[int], Trials]) -> None:
    trials = loop(1)
    with pytest.raises(UsageError, match="asked for no trial"):
        trials.complete(lambda: None)
    assert judged(trials).verdict == "invalid"


def test_an_error_before_the_loop_is_raised_as_it_is(loop: Callable[[int], Trials]) -> None:
    trials = loop(1)
    with pytest.raises(KeyError):
        trials.complete(no_such_cache)
    assert (trials.outcomes, judged(trials).verdict) == ([], "invalid")


def test_an_error_after_the_last_trial_fails_the_test(loop: Callable[[int], Trials]) -> None:
    """A test may sum up what its trials gave; pytest was red then, and the outcome said passed."""
    trials = loop(2)

    def body() -> None:
        for trial in trials:
            stepped(trial)
        wrong()

    with pytest.raises(AssertionError):
        trials.complete(body)
    assert judged(trials).verdict == "failed"
    assert judged(trials).sentence == "held 2/2, failed after the last trial: gw-2 leads to lb-ext-2"


@pytest.mark.parametrize("error", [AgentError("hand is gone"), DockerException("no engine")])
def test_a_reset_that_fails_after_the_last_trial_is_not_the_tests(
    loop: Callable[[int], Trials], run: QuietRun, error: Exception
) -> None:
    trials = loop(1)

    def body() -> None:
        for trial in trials:
            stepped(trial)
            run.broken = error

    with pytest.raises(type(error)):
        trials.complete(body)
    assert trials.afterwards == ""
    assert str(error) in trials.ended_early
    assert judged(trials).verdict == "invalid"


NOT_STEADY = "Pair not steady after 40 s: gw-2 reaches lb-ext-2 (owner: lb-ext-1)."


@pytest.mark.parametrize("number", [1, 2])
def test_a_pair_that_is_not_steady_after_its_reset_is_a_result(
    loop: Callable[[int], Trials], run: QuietRun, number: int
) -> None:
    """Repeating it until it is would select the trials. The first: it never was steady under this configuration."""
    run.unsteady = {number: NotSteady(NOT_STEADY)}
    trials, seen = loop(3), list[int]()
    trials.complete(lambda: seen.extend(trial.number for trial in trials))
    assert [outcome.failure for outcome in trials.outcomes].index(NOT_STEADY) == number - 1
    assert judged(trials).sentence == "held 2/3"
    assert sorted({1, 2, 3} - {number}) == seen
    with pytest.raises(NotSteady, match="gw-2 reaches lb-ext-2"):
        trials.raise_failures()


def test_an_unhealthy_lab_measures_nothing(loop: Callable[[int], Trials], run: QuietRun) -> None:
    run.unsteady = dict.fromkeys((1, 2), NotMeasured("The lab is not healthy: gw-1 has no cables."))
    trials = loop(1)
    trials.complete(lambda: list(trials))
    assert {outcome.phase for outcome in trials.outcomes} == {"waiting for steady state"}
    assert judged(trials).sentence == "held 0/0, 2 invalid (2 waiting for steady state)"
    assert judged(trials).verdict == "invalid"


def test_an_agent_that_dies_in_a_step_makes_the_trial_invalid(loop: Callable[[int], Trials]) -> None:
    trials = loop(2)

    def body() -> None:
        for trial in trials:
            stepped(trial)
            if trial.number == 1:
                raise AgentError("hand is gone.")

    trials.complete(body)
    assert [(each.valid, each.phase) for each in trials.outcomes] == [(False, "instruments"), (True, ""), (True, "")]


def test_an_invalid_trial_is_repeated_and_kept(loop: Callable[[int], Trials], said: list[str]) -> None:
    trials = loop(4)

    def body() -> None:
        for trial in trials:
            if trial.number == 1:
                invalid(trial)

    trials.complete(body)
    trials.raise_failures()
    assert [outcome.valid for outcome in trials.outcomes] == [False, True, True, True, True]
    places = [line.split(":")[0].strip() for line in said if line.endswith("as expected") or "invalid" in line]
    assert places == ["trial 1 of 4", "trial 1 of 4, attempt 2", "trial 2 of 4", "trial 3 of 4", "trial 4 of 4"]


def test_too_many_invalid_trials_measure_nothing(loop: Callable[[int], Trials]) -> None:
    trials = loop(2)

    def body() -> None:
        for trial in trials:
            invalid(trial)

    trials.complete(body)
    assert len(trials.outcomes) == 4
    with pytest.raises(NotMeasured, match=r"0 of 4 attempts were valid: late \(instruments\)"):
        trials.raise_failures()


@pytest.mark.parametrize(
    "wanted, bad, measured",
    [
        (1, 1, True),  # one is always allowed
        (2, 1, True),
        (2, 2, False),
        (3, 2, False),  # 40 %
        (4, 2, False),  # 33 %
        (5, 2, True),  # 29 %
        (7, 3, True),  # 30 %: not more than 30 %
        (9, 4, False),  # 31 %
        (10, 4, True),  # 29 %
    ],
)
def test_more_than_30_percent_invalid_is_nothing_measured(
    loop: Callable[[int], Trials], wanted: int, bad: int, *, measured: bool
) -> None:
    trials = loop(wanted)

    def body() -> None:
        for trial in trials:
            if trial.number <= bad:
                invalid(trial)

    trials.complete(body)
    assert (trials.valid, len(trials.outcomes)) == (wanted, wanted + bad)
    assert trials.measured == measured


def test_a_failed_assertion_in_an_invalid_trial_says_nothing(loop: Callable[[int], Trials]) -> None:
    trials = loop(4)

    def body() -> None:
        for trial in trials:
            if trial.number == 1:
                trial.invalid = ("late",)
                raise AssertionError("wrong")

    trials.complete(body)
    trials.raise_failures()
    assert trials.failures == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_keeps_the_trial_half_way(loop: Callable[[int], Trials], error: type[BaseException]) -> None:
    trials = loop(2)

    def body() -> None:
        for _ in trials:
            raise error

    with pytest.raises(error):
        trials.complete(body)
    trials.abandon()
    assert (trials.outcomes[0].reasons, trials.outcomes[0].phase) == (("interrupted",), "interrupted")
    assert not trials.outcomes[0].valid
    assert not trials.measured, "one invalid attempt is allowed, and none that is valid measures nothing"
    assert trials.interrupted
    assert not trials.finished


def test_an_interrupt_while_waiting_for_steady_state(loop: Callable[[int], Trials], run: QuietRun) -> None:
    run.unsteady = {1: cast("Exception", KeyboardInterrupt())}
    trials = loop(1)
    with pytest.raises(KeyboardInterrupt):
        trials.complete(lambda: list(trials))
    trials.abandon()
    assert trials.interrupted
    assert [outcome.phase for outcome in trials.outcomes] == ["interrupted"]
