"""Better, worse, no difference shown, or too few trials: never one for another."""

from math import inf

import pytest
from msgspec.structs import replace

from harness.compare import EXIT, Compared, ComparisonReport, compare
from harness.compare.detectable import smallest_shift
from harness.compare.sample import Sample, possible, sample, usual
from harness.model.comparisons import Comparison
from harness.model.errors import UsageError
from harness.model.outcome import RunOutcome, TrialOutcome
from harness.model.run_facts import RunFacts
from tests.unit.compare.runs import NEVER, UNKNOWN, recovering, run_of, trial

TIMES = [0.80, 0.82, 0.81, 0.85, 0.79, 0.83, 0.80, 0.84, 0.82, 0.81]
RECOVERY = Comparison("it", "blip", "recovery", "c-1")
BASELINE = recovering(TIMES)


def facts(*primary: str, **parameters: float) -> RunFacts:
    return RunFacts("2026-11-29", {"keepalived": "2.2.7"}, dict(parameters), {}, primary)


def of(report: ComparisonReport, measure: str = "recovery") -> Compared:
    (found,) = (each for each in report.primary if each.what.measure == measure)
    return found


def compared(*times: float | None) -> ComparisonReport:
    return compare(BASELINE, [recovering(times, "runs/b")])


def test_a_pair_that_is_slower_is_worse() -> None:
    report = compared(*(time + 0.2 for time in TIMES))
    assert (report.judgement, EXIT[report.judgement]) == ("worse", 1)
    assert of(report).judgement == "worse"
    assert of(report).shift == pytest.approx(0.2)
    assert report.sentence == "Of 2 primary comparisons: 1 worse, 1 no difference shown."


def test_a_pair_that_is_faster_is_better() -> None:
    report = compared(*(time - 0.2 for time in TIMES))
    assert (report.judgement, EXIT[report.judgement]) == ("better", 0)


def test_the_same_is_no_difference_and_says_what_it_could_have_shown() -> None:
    report = compared(*reversed(TIMES))
    assert (report.judgement, EXIT[report.judgement]) == ("no difference shown", 0)
    smallest = of(report).smallest
    assert smallest
    assert 0.01 < smallest < 0.06
    assert compared(*(time + 2 * smallest for time in TIMES)).judgement == "worse"
    assert compared(*(time + smallest / 4 for time in TIMES)).judgement == "no difference shown"


def test_that_it_does_not_recover_is_the_worst_time() -> None:
    report = compared(*[None] * 10)
    assert of(report).judgement == "worse"
    assert (of(report).candidate.median, of(report).shift) == (None, None)
    assert compare(recovering([None] * 10), [recovering([None] * 10)]).judgement == "no difference shown"
    assert compare(recovering([None] * 10), [BASELINE]).judgement == "better"


@pytest.mark.parametrize("n", [0, 1, 9])
def test_few_trials_are_never_a_pass(n: int) -> None:
    report = compared(*TIMES[:n])
    assert (report.judgement, EXIT[report.judgement]) == ("too few trials", 3)
    assert of(report).p_worse is None
    assert compare(recovering(TIMES[:n] or [None]), [BASELINE]).judgement == "too few trials"


def test_a_pair_that_never_came_to_rest_is_not_left_out() -> None:
    """Leaving its trials out would let a pair that is broken half of the time pass."""
    broken = run_of([*(trial(time) for time in TIMES), *[NEVER] * 10], "runs/b")
    assert sample(broken, RECOVERY) == Sample((*TIMES, *[inf] * 10))
    assert compare(BASELINE, [broken]).judgement == "worse"


def test_unknown_is_never_dead_and_never_well() -> None:
    unknown = recovering([*TIMES, *[UNKNOWN] * 4], "runs/b")
    assert sample(unknown, RECOVERY) == Sample(tuple(TIMES), 4)
    assert of(compare(BASELINE, [unknown])).judgement == "no difference shown"
    many = recovering([*TIMES, *[UNKNOWN] * 5], "runs/b")
    assert of(compare(BASELINE, [many])).judgement == "too few trials"  # the rest may be a choice
    assert of(compare(BASELINE, [many])).candidate.unknown == 5


def test_trials_that_do_not_tell_make_nothing_better_and_nothing_worse() -> None:
    """A recovery that was not confirmed before the watch ended is a late one: without it the rest is a choice."""
    slow = recovering([time + 0.5 for time in TIMES])
    assert compare(slow, [recovering([*TIMES, *[UNKNOWN] * 4], "runs/b")]).judgement == "no difference shown"
    assert (
        compare(recovering([*TIMES, *[UNKNOWN] * 4]), [recovering([time + 0.5 for time in TIMES], "runs/b")]).judgement
        == "no difference shown"
    )
    assert compare(slow, [recovering([*TIMES, UNKNOWN], "runs/b")]).judgement == "better"


def test_an_invalid_trial_counts_for_nothing() -> None:
    spoilt = [TrialOutcome(valid=False, reasons=("late",), steps=trial(9.0).steps)] * 10
    assert sample(run_of([*spoilt, trial(0.5)]), RECOVERY) == Sample((0.5,))


def test_a_trial_that_failed_before_a_step_says_nothing_of_it() -> None:
    later = replace(RECOVERY, step="flush")
    assert sample(run_of([replace(trial(0.5), failure="The outage did not appear.")]), later) == Sample((), 1)


def test_less_success_is_worse_and_more_takeovers_are() -> None:
    poor = run_of([trial(time, success=0.5, takeovers=4) for time in TIMES], "runs/b", facts=facts())
    said = facts("it: blip success c-1", "it: blip transitions")
    report = compare(replace(BASELINE, facts=said), [replace(poor, facts=said)])
    assert report.declared
    assert [each.judgement for each in report.primary] == ["worse", "worse"]
    assert of(report, "success").shift == -0.5
    assert of(report, "transitions").shift == 3
    assert compare(replace(poor, facts=said), [replace(BASELINE, facts=said)]).judgement == "better"


def test_what_probes_cannot_resolve_is_no_difference() -> None:
    """Every trial 2 ms later is sure, and means nothing at 200 probes/s."""
    later = recovering([time + 0.002 for time in sorted(TIMES)], "runs/b")
    steady = recovering([0.8] * 10)
    assert of(compare(steady, [recovering([0.802] * 10, "runs/b")])).judgement == "no difference shown"
    assert of(compare(steady, [recovering([0.806] * 10, "runs/b")])).judgement == "worse"
    sparse = recovering([0.806] * 10, "runs/b", facts(probe_hz=40.0))
    assert of(compare(steady, [sparse])).judgement == "no difference shown"
    assert of(compare(BASELINE, [later])).judgement == "no difference shown"


def test_a_median_that_stays_hides_no_trial_that_is_dark() -> None:
    dark = recovering([*[0.8] * 24, *[None] * 16], "runs/b")
    report = compare(recovering([0.8] * 40), [dark])
    assert of(report).shift == 0.0
    assert report.judgement == "worse"


@pytest.mark.parametrize("verdict, judgement", [("failed", "no difference shown"), ("invalid", "too few trials")])
def test_a_test_that_was_not_measured_is_not_compared(verdict: str, judgement: str) -> None:
    """More than 30 % of its attempts were invalid, or it ended early."""
    (test,) = BASELINE.tests
    run = replace(BASELINE, run="runs/b", tests=(replace(test, verdict=verdict),))
    assert compare(BASELINE, [run]).judgement == judgement


def test_all_comparisons_are_corrected_together() -> None:
    """One of two candidates with p = 0.03: alone it is worse, beside another it is not."""
    slightly = recovering([time + 0.02 for time in TIMES], "runs/b")
    alone = of(compare(BASELINE, [slightly]))
    (beside, _) = (each for each in compare(BASELINE, [slightly, BASELINE]).primary if each.what == RECOVERY)
    assert alone.p_worse
    assert beside.p_worse == pytest.approx(2 * alone.p_worse)


def test_only_what_both_declare_is_primary() -> None:
    one = replace(BASELINE, facts=facts("it: blip recovery c-1", "it: blip success c-1"))
    other = replace(BASELINE, run="runs/b", facts=facts("it: blip success c-1"))
    report = compare(one, [other])
    assert [str(each.what) for each in report.primary] == ["it: blip success c-1"]
    assert [str(each.what) for each in report.exploratory] == ["it: blip recovery c-1", "it: blip transitions"]
    assert "that both declare are primary" in report.differs["runs/b"][0]


def test_what_is_exploratory_decides_nothing() -> None:
    said = facts("it: blip transitions")
    slow = recovering([time + 5 for time in TIMES], "runs/b", said)
    report = compare(replace(BASELINE, facts=said), [slow])
    assert report.exploratory[0].judgement == "worse"
    assert report.judgement == "no difference shown"


def test_the_usual_comparisons_follow_from_what_a_run_is_made_of() -> None:
    assert usual(BASELINE, 6) == (RECOVERY, Comparison("it", "blip", "transitions"))
    assert usual(recovering([None]), 6) == usual(BASELINE, 6)
    assert len(list(possible(BASELINE))) == 3
    nothing = RunOutcome("x", "invalid", "", "runs/a", replace(BASELINE, tests=()).tests)
    assert usual(nothing, 6) == ()


def test_runs_that_have_nothing_in_common_are_refused() -> None:
    with pytest.raises(UsageError, match="is a run of x, runs/b one of y"):
        compare(BASELINE, [replace(recovering(TIMES, "runs/b"), experiment="y")])
    with pytest.raises(UsageError, match="no test is in both"):
        compare(BASELINE, [run_of([trial(1.0)], "runs/b", "test_other")])


def test_nothing_to_compare_is_no_pass() -> None:
    calm = run_of([TrialOutcome(valid=True, reasons=(), steps=())] * 10)
    assert compare(calm, [calm]).judgement == "too few trials"


def test_the_smallest_shift_follows_the_spread_and_the_number_of_trials() -> None:
    wide = [1.0, 1.3, 1.7, 2.0, 2.2, 2.5, 2.6, 3.1, 3.4, 3.9]
    narrow = [time / 100 for time in wide]
    few, many = smallest_shift(wide, 10, 0.05, 10.0), smallest_shift(wide * 4, 40, 0.05, 10.0)
    small = smallest_shift(narrow, 10, 0.05, 10.0)
    assert few
    assert many
    assert small
    assert small < many < few
    assert smallest_shift([inf] * 10, 10, 0.05, 10.0) is None  # already the worst
    assert smallest_shift(wide, 2, 0.001, 10.0) is None


def test_too_few_trials_say_how_to_record_more() -> None:
    sentence = compare(BASELINE, [recovering(TIMES[:3], "runs/b")]).sentence
    assert sentence.endswith(" Record each again: harness run x --trials 10.")


def test_what_else_differs_is_said() -> None:
    text = {"lb-1": {"keepalived.conf": "advert_int 1\npriority 150\n"}}
    one = RunFacts("a", {"kernel": "5.4", "same": "1"}, {"lab": "a", "probe_hz": 200}, {"default": text})
    changed = {"lb-1": {"keepalived.conf": "advert_int 2\npriority 150\n"}}
    other = RunFacts("b", {"kernel": "6.1", "same": "1"}, {"lab": "b", "probe_hz": 200}, {"ours": changed})
    report = compare(replace(BASELINE, facts=one), [replace(BASELINE, run="runs/b", facts=other)])
    assert report.differs["runs/b"] == (
        "version of kernel: 5.4, then 6.1",
        "configuration default, then ours, keepalived.conf of lb-1: -advert_int 1; +advert_int 2",
    )
    assert compare(BASELINE, [BASELINE]).differs["runs/a"][0].startswith("not known for runs/a")


def test_configurations_pair_by_name_then_by_place_and_what_is_left_is_named() -> None:
    def of(priority: int) -> dict[str, dict[str, str]]:
        return {"lb-1": {"keepalived.conf": f"priority {priority}\n"}}

    one = RunFacts("a", {}, {}, {"fast": of(1), "default": of(2), "old": of(3)})
    other = RunFacts("b", {}, {}, {"default": of(2), "ours": of(4)})
    compared_with = [replace(BASELINE, run="runs/b", facts=other)]
    assert compare(replace(BASELINE, facts=one), compared_with).differs["runs/b"] == (
        "configuration fast, then ours, keepalived.conf of lb-1: -priority 1; +priority 4",
        "configuration old: only in runs/a",
    )
    back = compare(replace(BASELINE, run="runs/b", facts=other), [replace(BASELINE, run="runs/a", facts=one)])
    assert back.differs["runs/a"][-1] == "configuration old: only in runs/a"
