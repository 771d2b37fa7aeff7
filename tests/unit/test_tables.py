"""Each table of docs/ is made of what is kept in docs/runs, says that nothing was kept, or measures nothing."""

import re
from pathlib import Path

import msgspec
import pytest

from harness.bench.report import Report
from harness.bench.soaking import SoakResult
from harness.model.outcome import (
    FaultOutcome,
    Finding,
    Instant,
    Measure,
    OutageOutcome,
    PhasesOutcome,
    RunOutcome,
    StepOutcome,
    TestOutcome,
    TrialOutcome,
    VantageOutcome,
    decode_outcome,
)
from harness.report import remedies
from harness.report.kept import merged, small
from harness.report.measured import cell, table
from scripts import tables
from scripts.outcomes import RUNS
from scripts.tables import BLOCKS, DOCS, Block, block, experiment, renewed

PAGES = ("measurements.md", "june-13.md", "july-22.md", "public-cases.md")


def names(each: Block) -> str:
    return f"{each.page}-{each.name}"


LONG = {"june-13.md-matrix"}  # theory is computed anew for each of its cells


@pytest.mark.parametrize(
    "each",
    [pytest.param(each, id=names(each), marks=[pytest.mark.nightly] * (names(each) in LONG)) for each in BLOCKS],
)
def test_a_block_is_made_of_what_is_kept_or_says_that_nothing_is(each: Block) -> None:
    text = block((DOCS / each.page).read_text(), each.name)
    if each.file.exists():
        assert text == each.make(each.file).strip("\n"), "run: python scripts/tables.py"
    else:
        assert text.startswith("Outcomes not kept. ")


def test_whatever_is_kept_is_shown() -> None:
    assert {path.name for path in RUNS.iterdir()} <= {each.kept for each in BLOCKS}


@pytest.mark.parametrize("page", PAGES)
def test_only_code_judges(page: str) -> None:
    """``met`` stands in the one table whose bounds are code; what is predicted has one word."""
    text = (DOCS / page).read_text()
    kept = block(text, "bench") if page == "measurements.md" else ""
    assert not re.search(r"\| *(\*\*)?(not )?met", text.replace(kept, ""))
    assert "foreseen" not in text
    assert "foretold" not in text


@pytest.mark.parametrize("test", ["mitigation", "prevention"])
def test_cells_that_our_own_ops_decide_are_marked(test: str) -> None:
    module = experiment(f"test_june_13_{test}s")
    assert {cause for cause, _ in module.BY_CONSTRUCTION} <= set(module.COLUMNS)
    assert {remedy for _, remedy in module.BY_CONSTRUCTION} <= set(module.ROWS)
    lines = block((DOCS / "june-13.md").read_text(), f"{test}s").splitlines()
    cells = {line.split(" | ")[0].removeprefix("| "): line.strip(" |").split(" | ")[1:] for line in lines}
    marked = {
        (cause, remedy)
        for remedy, title in module.ROWS.items()
        for cause, text in zip(module.COLUMNS, cells[title], strict=True)
        if text.endswith(remedies.MARK)
    }
    assert marked == module.BY_CONSTRUCTION


def test_a_mixture_has_a_dominant_cause() -> None:
    mixtures = experiment("test_july_22_floods").MIXTURES
    assert mixtures
    assert all(set(causes) <= {"arrivals", "service", "held"} for causes in mixtures.values())


def vantage(recovery_s: float | None, success: float | None = 1.0) -> VantageOutcome:
    outages = (OutageOutcome(0.0, recovery_s, "takeover", "lb-ext-2", PhasesOutcome(0.1)),)
    return VantageOutcome(success, True, recovery_s, None, None, 1.0, 1, 0, None, PhasesOutcome(0.1), outages)


def trial(
    *recoveries: float | None, valid: bool = True, success: float | None = 1.0, **measures: Measure
) -> TrialOutcome:
    vantages = {f"customer-{n}": vantage(each, success) for n, each in enumerate(recoveries, 1)}
    findings = (Finding("no_owner", "holds", "so", (Instant(1, "x"),)), Finding("no_hang", "violated", "long", ()))
    fault = FaultOutcome(0.8, 0.8, None, ())
    return TrialOutcome(valid, (), (StepOutcome("blip", "", 2.0, fault, vantages, {}, findings, measures),))


def run(*trials: TrialOutcome, name: str = "test_outage", folder: str = "runs/june_13-1") -> RunOutcome:
    test = TestOutcome(name, "reproduction", "reproduced", "passed", trials, f"reproduced {len(trials)}/{len(trials)}")
    return RunOutcome("june_13", "passed", "s", folder, (test,))


def test_a_row_has_its_trials_and_the_spread_of_each_measure() -> None:
    trials = (trial(0.1, None, cause="held"), trial(0.3, 2.0, cause="held"), trial(9.0, valid=False, cause="service"))
    columns = {
        "1": "recovery customer-1",
        "worst": "recovery",
        "fault": "fault achieved",
        "why": "cause",
        "x": "nothing",
    }
    assert table(run(*trials), columns).splitlines()[2:] == [
        "| `outage` | reproduced 3/3 | blip | 0.100 (0.100–0.300) | 2, down 1/2 | 0.800 | held 2/2 | – |"
    ]


def test_no_arrivals_are_not_a_success_of_nothing() -> None:
    text = table(run(trial(0.1, success=None)), {"success, worst": "success"})
    assert text.splitlines()[-1] == "| `outage` | reproduced 1/1 | blip | unknown 1/1 |"


def test_a_test_without_a_valid_trial_has_a_row() -> None:
    assert (
        table(run(trial(0.1, valid=False)), {"1": "recovery"}).splitlines()[-1]
        == "| `outage` | reproduced 1/1 | – | – |"
    )


@pytest.mark.parametrize(
    "values, text",
    [([1200.0, 1300.0, 1250.0], "1,250 (1,200–1,300)"), ([None, None], "unknown 2/2"), ([], "–"), (["–", 3], "3")],
)
def test_cells(values: list[Measure], text: str) -> None:
    assert cell(values) == text


def test_what_is_kept_is_small_and_makes_the_same_table() -> None:
    whole = run(trial(0.1, None, cause="held"))
    kept = small(whole)
    columns = {"1": "recovery customer-1", "2": "recovery customer-2", "why": "cause"}
    assert table(kept, columns) == table(whole, columns)
    assert kept.run == "june_13-1"
    (step,) = kept.tests[0].trials[0].steps
    assert step.checks == (Finding("no_hang", "violated", ""),)
    assert step.vantages["customer-1"].outages == (OutageOutcome(0.0, 0.1),)


def test_of_a_row_that_several_runs_have_the_last_counts() -> None:
    first, again = run(trial(0.1)), run(trial(0.2), trial(0.2), folder="june_13-2")
    both = merged([merged([first, run(trial(0.3), name="test_night", folder="june_13-3")]), again])
    assert [(test.name, len(test.trials)) for test in both.tests] == [("test_outage", 2), ("test_night", 1)]
    assert both.run == "runs/june_13-1, june_13-3, june_13-2"


def test_a_result_is_kept_and_its_table_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "DOCS", tmp_path)
    monkeypatch.setattr(tables, "RUNS", tmp_path / "runs")
    (tmp_path / "runs").mkdir()
    for page in PAGES:
        (tmp_path / page).write_text((DOCS / page).read_text())
    soak = tmp_path / "june_13.json"
    soak.write_bytes(msgspec.json.encode(SoakResult("s", (), {"lab": run(trial(0.1, None))})))
    tables.main([str(soak)])
    assert decode_outcome((tmp_path / "runs" / "june_13.json").read_bytes()).run == "june_13-1"
    made = block((tmp_path / "june-13.md").read_text(), "measured")
    assert made.startswith("Runs: june_13-1.\n\n| test |")
    assert "| `outage` | reproduced 1/1 | blip | 0.100 | down 1/1 | – | 0.800 |" in made


def test_the_bench_that_is_kept_kept_its_bounds() -> None:
    kept = msgspec.json.decode((RUNS / "bench.json").read_bytes(), type=Report)
    assert kept.met == all(figure.met is not False for part in kept.parts for figure in part.figures)
    assert all(bound.admits(figure.values[bound.statistic]) == (str(bound) not in figure.unmet)
               for part in kept.parts for figure in part.figures for bound in figure.bounds)  # fmt: skip


def test_renewing_replaces_what_was_there_and_nothing_else() -> None:
    text = "head\n<!-- a -->\nold\n<!-- /a -->\ntail\n"
    assert renewed(text, "a", "new") == "head\n<!-- a -->\nnew\n<!-- /a -->\ntail\n"
    with pytest.raises(ValueError, match="substring"):
        renewed(text, "b", "new")
