"""Which trial of the history belongs to which of the outcome: a wrong one would show another trial's frames."""

import msgspec

from harness.history import History
from harness.model.events import Marked
from harness.model.outcome import FaultOutcome, RunOutcome, StepOutcome, TestOutcome, TrialOutcome
from harness.report.page.trial import told
from tests.histories import HistoryBuilder, ns

STEP = StepOutcome("blip", "watch", 1.0, None, {}, {})
OTHER = msgspec.structs.replace(STEP, name="link")
VALID, NEVER = TrialOutcome(True, (), (STEP,)), TrialOutcome(False, ("no",), ())


def marks(*trials: tuple[int, str], begun: tuple[int, ...] = ()) -> History:
    """Trials of one step each, in seconds 10, 20 …; `begun`: the attempts that mark their begin."""
    events: list[Marked] = [Marked(ns(10 * n - 5), "trial_begin", n) for n in begun]
    for n, name in trials:
        events += [Marked(ns(10 * n), "step_begin", n, name), Marked(ns(10 * n + 4), "step_end", n, name)]
    lab = HistoryBuilder()
    return History(lab.topology, {"test": lab.limits}, tuple(sorted(events, key=lambda e: e.t)))


def run(*trials: TrialOutcome) -> RunOutcome:
    return RunOutcome("x", "passed", "so", "runs/x", (TestOutcome("test_a", "gate", "safe", "passed", trials),))


def numbers(history: History, outcome: RunOutcome | None) -> list[int | None]:
    return [each.recorded.number if each.recorded else None for each in told(history, outcome)]


def test_an_attempt_that_never_came_to_a_step_takes_no_other_trials_place() -> None:
    history = marks((2, "blip"), (3, "blip"), begun=(1, 2, 3))
    assert numbers(history, run(NEVER, VALID, VALID)) == [None, 2, 3]


def test_a_step_that_was_not_judged_takes_none_either() -> None:
    """The first attempt failed within its step: the history has it, the outcome has no step."""
    history = marks((1, "blip"), (2, "blip"), begun=(1, 2))
    assert numbers(history, run(NEVER, VALID)) == [1, 2]


def test_a_recording_without_such_marks_goes_by_the_names_of_steps() -> None:
    trials = (NEVER, VALID, TrialOutcome(True, (), (OTHER,)))
    assert numbers(marks((4, "blip"), (6, "link")), run(*trials)) == [None, 4, 6]


def test_without_an_outcome_every_trial_is_shown() -> None:
    found = told(marks((1, "blip"), (2, "link")), None)
    assert [each.name for each in found] == ["trial 1", "trial 2"]
    assert numbers(marks((1, "blip")), None) == [1]


def test_without_a_history_no_trial_has_a_timeline() -> None:
    (only,) = told(None, run(VALID))
    assert only.recorded is None
    assert only.name == "a, trial 1"


def test_time_counts_from_the_first_effect() -> None:
    recorded = told(marks((1, "blip")), None)[0].recorded
    assert recorded
    assert recorded.us(recorded.zero) == 0
    assert recorded.us(0) == recorded.us(recorded.window.begin) == -1_000_000


def test_a_trial_whose_fault_lasted_otherwise_is_another_trial() -> None:
    history = HistoryBuilder().drop("trunk.a", 0.0, 0.8).build()
    fault = FaultOutcome(0.8, 0.8, None, ())
    for achieved, number in ((0.8, 0), (0.7, None)):
        step = msgspec.structs.replace(STEP, fault=msgspec.structs.replace(fault, achieved_s=achieved))
        assert numbers(history, run(TrialOutcome(True, (), (step,)))) == [number]


def test_what_was_not_recorded_of_the_end_moves_no_trial() -> None:
    history = marks((1, "blip"), begun=(1,))
    assert numbers(history, run(VALID, VALID, NEVER)) == [1, None, None]
