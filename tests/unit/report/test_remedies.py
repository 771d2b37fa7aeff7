"""The tables of what helped, from outcomes."""

from msgspec.structs import replace

from harness.model.outcome import (
    OutageOutcome,
    RunOutcome,
    StepOutcome,
    TestOutcome,
    TrialOutcome,
    VantageOutcome,
    VantageState,
    Verdict,
)
from harness.report.remedies import cell_text, table


def vantage(recovery_s: float | None) -> VantageOutcome:
    return VantageOutcome(1.0, recovery_s != 0, recovery_s, recovery_s, 0.0, 0.0, 0, 0, None)


def trial(*recoveries: float | None, valid: bool = True) -> TrialOutcome:
    vantages = {f"customer-{n}": vantage(recovery) for n, recovery in enumerate(recoveries, 1)}
    last = StepOutcome("flush", "flush", 3.0, None, vantages, {})
    return TrialOutcome(valid, (), (StepOutcome("blip", "blip", 2.0, None, {}, {}), last))


def outcome(name: str, *trials: TrialOutcome, verdict: Verdict = "passed") -> TestOutcome:
    return TestOutcome(name, "reproduction", "reproduced", verdict, trials)


def test_the_last_step_is_told_by_vantage_point() -> None:
    assert cell_text(outcome("x", trial(0.0, 0.05, None))) == (
        "customer-1 unaffected; customer-2 ≤ 0.05 s; customer-3 **dark** (1)"
    )


def test_the_worst_of_several_trials_counts() -> None:
    """An invalid one does not."""
    several = outcome("x", trial(0.1, 0.2), trial(0.4, None), trial(None, None, valid=False))
    assert cell_text(several) == "customer-1 ≤ 0.40 s; customer-2 **dark** in 1 of 2 (2)"


def test_what_is_not_known_is_not_called_dark() -> None:
    """Nor unaffected."""
    states: dict[str, VantageState] = {"customer-1": "down", "customer-2": "censored", "customer-3": "no arrivals"}
    seen = {name: replace(vantage(None), state=state) for name, state in states.items()}
    step = replace(trial(0.0).steps[-1], vantages=seen)
    assert cell_text(outcome("x", TrialOutcome(True, (), (step,)))) == (
        "customer-1 **dark**; customer-2 **censored**; customer-3 **no arrivals** (1)"
    )


def test_a_failback_is_told_apart() -> None:
    """Served again after 0.07 s; 5 ms of darkness at the return do not make that 3.39 s."""
    outages = (OutageOutcome(-0.5, 0.07), OutageOutcome(3.38, 3.39))
    seen = replace(vantage(3.39), outages=outages)
    step = replace(trial(0.0).steps[-1], vantages={"customer-1": seen})
    assert cell_text(outcome("x", TrialOutcome(True, (), (step,)))) == "all ≤ 0.07 s (and 0.01 s later) (1)"


def test_an_outage_that_goes_on_is_one() -> None:
    """The standby served for a moment; the outage ended with the last."""
    outages = (OutageOutcome(0.0, 0.28), OutageOutcome(0.6, 8.1))
    step = replace(trial(0.0).steps[-1], vantages={"customer-1": replace(vantage(8.1), outages=outages)})
    assert cell_text(outcome("x", TrialOutcome(True, (), (step,)))) == "all ≤ 8.10 s (1)"


def test_those_who_fare_alike_stand_together() -> None:
    assert cell_text(outcome("x", trial(0.1, 0.1))) == "all ≤ 0.10 s (1)"


def test_what_is_not_as_expected_says_so() -> None:
    assert cell_text(outcome("x", trial(0.1), verdict="failed")) == "**failed** all ≤ 0.10 s (1)"
    assert cell_text(outcome("x", trial(0.1, valid=False), verdict="invalid")) == "not measured"


def test_rows_against_causes() -> None:
    """A remedy may have hyphens, a cause has none; what was not run is a dash."""
    run = RunOutcome("x", "passed", "", "runs/x", (outcome("test_prevention[lost-use-vmac]", trial(0.0)),))
    causes, remedies = {"never": "never sent", "lost": "lost"}, {"use-vmac": "`use-vmac`"}
    assert table([run], "prevention", causes, remedies).splitlines() == [
        "| (n): valid trials | never sent | lost |",
        "| --- | --- | --- |",
        "| `use-vmac` | – | all unaffected (1) |",
    ]
    text = table([run], "prevention", causes, remedies, {("lost", "use-vmac"), ("never", "use-vmac")})
    assert text.splitlines()[-1] == "| `use-vmac` | – | all unaffected (1) † |"
