"""What the soak demands of July 22: seconds as predicted, flips by itself, days that come and go."""

import csv
from pathlib import Path

import pytest

from harness.bench.session_graph import SessionGraph
from harness.bench.soak import by_itself, july_22
from harness.model.events import DatabaseSample
from harness.model.outcome import Finding, Measure, RunOutcome, StepOutcome, TestOutcome, TrialOutcome
from tests.histories import LB1, HistoryBuilder, ns


def trial(name: str, *, valid: bool = True, plan: str = "violated", **measures: Measure) -> TrialOutcome:
    findings = (Finding("right_plan", plan, ""),)  # type: ignore[arg-type]
    return TrialOutcome(valid, (), (StepOutcome(name, "", 1.0, None, {}, {}, findings, measures),))


def run(*trials: TrialOutcome) -> RunOutcome:
    return RunOutcome("july_22", "passed", "", "", (TestOutcome("test_x", "reproduction", "", "passed", trials),))


def fills(*measured: float) -> RunOutcome:
    return run(*(trial("session_limit", seconds_to_limit=each, predicted_s=2.0) for each in measured))


@pytest.mark.parametrize(
    "measured, words",
    [
        ((1.6, 1.6, 2.4, 2.4, 9.0), ""),
        ((1.6, 1.6, 2.6, 2.6, 9.0), "more than 25% off"),
        ((1.4, 1.4, 1.4, 2.0, 2.0), "more than 25% off"),
        ((2.0,) * 4, "4 trials of 5"),
    ],
)
def test_the_median_is_as_predicted(measured: tuple[float, ...], words: str) -> None:
    reasons = list(july_22.off(july_22.predictions(fills(*measured))))
    assert bool(reasons) == bool(words)
    assert words in " ".join(reasons)


def test_only_valid_trials_of_that_step_count() -> None:
    outcome = run(
        trial("session_limit", seconds_to_limit=2.0, predicted_s=2.0),
        trial("session_limit", valid=False, seconds_to_limit=2.0, predicted_s=2.0),
        trial("session_limit", seconds_to_limit=2.0, predicted_s=None),
        trial("steady", seconds_to_limit=2.0, predicted_s=2.0),
    )
    assert len(july_22.predictions(outcome)) == 1


def test_what_only_accounts_for_a_fill_is_no_prediction() -> None:
    """The rates of a fault are known only once the frontend is full: nothing is demanded of them."""
    flips = run(*(trial("flip", seconds_to_limit=2.0, accounting_s=each) for each in (2.0,) * 5))
    assert july_22.predictions(flips) == []


@pytest.mark.parametrize(
    "flips, counts, reasons",
    [
        (["violated"] * 7 + ["holds"], [2, 3], []),
        (["violated"] * 6 + ["holds"] * 2, [3], ["6 of 8 runs flipped within 60 s; 7 of 8 must."]),
        (["violated"] * 7, [3], ["7 of 7 runs flipped within 60 s; 7 of 8 must."]),
        (["violated"] * 8, [1, 2, 0], ["On no day of 3 did the frontend fill 3 times: [1, 2, 0]."]),
    ],
)
def test_it_flips_and_comes_and_goes(flips: list[str], counts: list[int], reasons: list[str]) -> None:
    outcome = run(*(trial("by itself", plan=plan) for plan in flips))
    assert list(by_itself.unmet(outcome, counts)) == reasons
    assert by_itself.times_full(run(trial("day", times_full=4), trial("day", times_full=2))) == 4


def test_the_graph_of_a_day_has_a_row_per_second(tmp_path: Path) -> None:
    story = HistoryBuilder()
    for second in range(-2, 10):
        plan = "ix_client" if second >= 4 else "ix_bucket"
        story.event(DatabaseSample(ns(second), "db-1", plan, 9, 16, 1400, 1, 60, 3, 20, read_only=False))
        story.haproxy(LB1, second + 0.01, sessions=200 if second >= 5 else 10, limit=200)
    day = SessionGraph.of(story.build())
    day.write_csv(tmp_path / "day.csv")
    rows = list(csv.DictReader((tmp_path / "day.csv").read_text().splitlines()))
    assert [row["second"] for row in rows] == [str(n) for n in range(11)], "from the step's begin to its end"
    assert (rows[-1]["db-1"], rows[-1]["sessions"]) == ("ix_client", "200")
    assert (rows[3]["db-1"], rows[3]["sessions"]) == ("ix_bucket", "10")
    day.write_svg(tmp_path / "day.svg", "a day")
    drawn = (tmp_path / "day.svg").read_text()
    assert all(name in drawn for name in ("a day", "sessions", "average of 300 s", "db-1: wrong index"))
