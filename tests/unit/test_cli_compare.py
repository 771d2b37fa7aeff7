"""`harness compare`, `harness runs` and `harness run --baseline` on folders of runs: no lab is needed."""

import json
import os
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from harness.cli._against import against, exit_status, print_outcome, read_baseline
from harness.cli._compared import value
from harness.cli.run import conclude
from harness.history import store
from harness.history.kept_runs import RECORDING_S, find_run, kept_runs
from harness.history.store import RunHeader
from harness.model.errors import BadValue, LeftBehind, UsageError
from harness.model.outcome import RunOutcome
from harness.model.run_facts import RunFacts
from tests.command_line import Cli
from tests.histories import lab
from tests.unit.compare.runs import recovering, run_of, trial

TIMES = [0.80, 0.82, 0.81, 0.85, 0.79, 0.83, 0.80, 0.84, 0.82, 0.81]
IT = ("it",)
ESCAPES = "\x1b[31m[bold]evil[/]\u202e"


def kept(folder: Path, name: str, outcome: RunOutcome | None, began: str = "2026-11-01T10:00:00+00:00") -> Path:
    run = folder / name
    store.create(run, RunHeader(name, "boot", 0, began=began), lab())
    store.requests_path(run, "customer-1").write_bytes(b"x" * 1_000)
    if outcome:
        facts = outcome.facts or RunFacts(began)
        store.write_outcome(run, replace(outcome, facts=replace(facts, began=began)))
    return run


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    kept(tmp_path, "old", recovering(TIMES), "2025-01-01T10:00:00+00:00")
    kept(tmp_path, "new", recovering([time + 0.5 for time in TIMES]))
    kept(tmp_path, "few", recovering(TIMES[:3]), "2026-11-02T10:00:00+00:00")
    return tmp_path


def test_a_slower_run_is_worse(cli: Cli, runs: Path) -> None:
    ended = cli("compare", "old", "new", "--runs", str(runs))
    assert ended.code == 1
    for words in ("worse: Of 2 primary", "it: blip recovery c-1", "+0.500 s", "n 10", "would show"):
        assert words in ended.out
    assert cli("compare", "new", "old", "--runs", str(runs)).code == 0
    assert cli("compare", "old", "few", "--runs", str(runs)).code == 3


def test_a_comparison_as_json(cli: Cli, runs: Path) -> None:
    ended = cli("compare", str(runs / "old"), str(runs / "new/outcome.json"), "--json")
    told = json.loads(ended.out)
    assert (told["judgement"], told["primary"][0]["judgement"], ended.code) == ("worse", "worse", 1)
    assert told["primary"][0]["what"] == {"test": "it", "step": "blip", "measure": "recovery", "vantage": "c-1"}


@pytest.mark.parametrize(
    "others, words",
    [
        (("old",), "named twice"),
        (("nwe",), "There is no run"),
        (("cut",), "has no outcome.json: it is being recorded, or it was cut off"),
        (("broken",), "is no outcome that this harness can read"),
        (("other",), "only runs of the same experiment can be compared"),
    ],
)
def test_what_cannot_be_compared_is_wrong_use(cli: Cli, runs: Path, others: tuple[str, ...], words: str) -> None:
    kept(runs, "cut", None)
    store.outcome_path(kept(runs, "broken", None)).write_bytes(b'{"experiment": 7')
    kept(runs, "other", replace(recovering(TIMES), experiment="y"))
    ended = cli("compare", "old", *others, "--runs", str(runs))
    assert ended.code == 2
    assert words in ended.err


def test_what_else_differs_is_shown_and_does_not_act(cli: Cli, tmp_path: Path) -> None:
    kept(tmp_path, "a", replace(recovering(TIMES), facts=RunFacts("", {"kernel": "5.4"})))
    kept(tmp_path, "b", replace(recovering(TIMES), facts=RunFacts("", {"kernel": ESCAPES})))
    ended = cli("compare", "a", "b", "--runs", str(tmp_path))
    assert "version of kernel: 5.4, then \\x1b[31m[bold]evil[/]\\u202e" in ended.out


@pytest.mark.parametrize(
    "number, measure, shown", [(0.5, "recovery", "+0.500 s"), (-0.25, "success", "-25.0 %"), (2.0, "transitions", "+2")]
)
def test_each_measure_has_its_unit(number: float, measure: str, shown: str) -> None:
    assert value(number, measure, signed=True) == shown  # type: ignore[arg-type]


def test_the_list_has_every_run(cli: Cli, runs: Path) -> None:
    kept(runs, "now", None)
    store.outcome_path(kept(runs, "broken", None, "2026-11-03")).write_bytes(b"[")
    (runs / "no run").mkdir()
    (runs / "link").symlink_to(runs / "old")
    ended = cli("runs", "list", "--runs", str(runs), "--json")
    told = {run["name"]: run for run in json.loads(ended.out)}
    assert set(told) == {"old", "new", "few", "now", "broken"}
    assert (told["old"]["verdict"], told["old"]["trials"], told["old"]["history"]) == ("passed", [10, 10], True)
    assert told["now"]["verdict"] == "being recorded"
    assert "is no outcome" in told["broken"]["problem"]
    shown = cli("runs", "list", "--runs", str(runs)).out
    assert "10 of 10" in shown
    assert "2025-01-01T10:00" in shown


def test_a_gate_is_named_by_its_own_verdict(cli: Cli, tmp_path: Path) -> None:
    run = kept(tmp_path, "gate", recovering(TIMES))
    (run / "gate.json").write_bytes(msgspec.json.encode({"verdict": "UNSAFE", "sentence": ESCAPES}))
    assert "UNSAFE" in cli("runs", "list", "--runs", str(tmp_path)).out
    (told,) = json.loads(cli("runs", "list", "--runs", str(tmp_path), "--json").out)
    assert (told["verdict"], told["gate"]) == ("passed", "UNSAFE")
    for option in ((), ("--story",)):
        assert "gate: UNSAFE: \\x1b[31m[bold]evil" in cli("runs", "show", "gate", *option, "--runs", str(tmp_path)).out
    shown = json.loads(cli("runs", "show", "gate", "--json", "--runs", str(tmp_path)).out)
    assert shown["gate"] == {"verdict": "UNSAFE", "sentence": ESCAPES}
    assert shown["experiment"] == "x"


def test_a_gate_whose_verdict_cannot_be_read_says_so(cli: Cli, tmp_path: Path) -> None:
    run = kept(tmp_path, "gate", recovering(TIMES))
    (run / "gate.json").write_bytes(b'{"verdict": "FINE"')
    assert "gate.json cannot be read" in cli("runs", "show", "gate", "--runs", str(tmp_path)).out
    (told,) = json.loads(cli("runs", "list", "--runs", str(tmp_path), "--json").out)
    assert (told["gate"], "gate.json cannot be read" in told["problem"]) == ("", True)


def test_a_run_is_shown_without_its_history(cli: Cli, runs: Path) -> None:
    assert cli("runs", "prune", "old", "--histories", "--yes", "--runs", str(runs)).code == 0
    assert "0.790–0.850 s" in cli("runs", "show", "old", "--runs", str(runs)).out
    assert "it, trial 1, blip: blackhole trunk" in cli("runs", "show", "old", "--story", "--runs", str(runs)).out
    assert json.loads(cli("runs", "show", "old", "--json", "--runs", str(runs)).out)["experiment"] == "x"
    with pytest.raises(UsageError, match="has no history: its events were removed"):
        store.load(runs / "old")
    assert cli("compare", "old", "new", "--runs", str(runs)).code == 1


def test_names_and_sentences_of_a_run_do_not_act(cli: Cli, tmp_path: Path) -> None:
    evil = run_of([replace(trial(0.5), failure=ESCAPES)], ESCAPES, f"test_{ESCAPES}")
    kept(tmp_path, "evil", replace(evil, sentence=ESCAPES))
    for arguments in (("show", "evil"), ("show", "evil", "--story"), ("list",)):
        ended = cli("runs", *arguments, "--runs", str(tmp_path))
        assert ended.code == 0, ended.err
        assert "\x1b" not in ended.out
        assert "\u202e" not in ended.out
    assert "[bold]evil[/]" in cli("runs", "show", "evil", "--runs", str(tmp_path)).out


@pytest.mark.parametrize(
    "arguments, left",
    [
        (("--keep", "1"), {"few"}),
        (("--keep", "0"), set[str]()),
        (("--keep", "9"), {"old", "new", "few"}),
        (("--older-than", "365"), {"new", "few"}),
        (("old", "few", "--keep", "1"), {"new", "few"}),
        (("--keep", "1", "--dry-run"), {"old", "new", "few"}),
    ],
)
def test_runs_are_removed_as_asked(cli: Cli, runs: Path, arguments: tuple[str, ...], left: set[str]) -> None:
    assert cli("runs", "prune", *arguments, "--yes", "--runs", str(runs)).code == 0
    assert {path.name for path in runs.iterdir()} == left


@pytest.mark.parametrize("arguments, words", [((), "Which runs?"), (("odl",), "There is no run 'odl'")])
def test_nothing_is_removed_by_mistake(cli: Cli, runs: Path, arguments: tuple[str, ...], words: str) -> None:
    ended = cli("runs", "prune", *arguments, "--yes", "--runs", str(runs))
    assert ended.code == 2
    assert words in ended.err
    assert len(list(runs.iterdir())) == 3


def test_a_run_that_is_being_recorded_stays(cli: Cli, runs: Path) -> None:
    now = kept(runs, "now", None)
    assert cli("runs", "prune", "--keep", "0", "--yes", "--runs", str(runs)).code == 0
    assert [path.name for path in runs.iterdir()] == ["now"]
    before = store.events_path(now).stat().st_mtime - RECORDING_S - 60
    os.utime(store.events_path(now), (before, before))  # it was cut off
    assert cli("runs", "prune", "--keep", "0", "--yes", "--runs", str(runs)).code == 0
    assert not list(runs.iterdir())


def test_a_folder_that_is_not_there(cli: Cli, tmp_path: Path) -> None:
    assert cli("runs", "list", "--runs", str(tmp_path / "none")).code == 2
    with pytest.raises(UsageError, match="there is no run"):
        find_run("x", tmp_path / "none")
    assert kept_runs(tmp_path) == []


def test_a_baseline_is_refused_before_anything_starts(runs: Path) -> None:
    assert read_baseline("old", "x", 10, runs, IT).run == str(runs / "old")
    for trials in (None, 9):
        with pytest.raises(BadValue, match="10 or more with --baseline"):
            read_baseline("old", "x", trials, runs, IT)
    with pytest.raises(UsageError, match="is a run of x, and not of july_22"):
        read_baseline("old", "july_22", 10, runs, IT)
    with pytest.raises(UsageError, match="at most 3 valid trials"):
        read_baseline("few", "x", 10, runs, IT)
    with pytest.raises(UsageError, match="has the tests it, and none of other, more: no test is in both"):
        read_baseline("old", "x", 10, runs, ("other", "more"))


def test_a_baseline_needs_ten_trials_of_a_test_that_is_run_again_and_was_measured(runs: Path) -> None:
    ten, two = (run_of([trial(0.5)] * n, test=f"test_{name}").tests[0] for n, name in ((10, "it"), (2, "other[a]")))
    kept(runs, "both", replace(recovering(TIMES), tests=(ten, two)))
    assert read_baseline("both", "x", 10, runs, ("it", "other")).run == str(runs / "both")
    with pytest.raises(UsageError, match="at most 2 valid trials of a test that was measured"):
        read_baseline("both", "x", 10, runs, ("other",))
    kept(runs, "invalid", replace(recovering(TIMES), tests=(replace(ten, verdict="invalid"), two)))
    with pytest.raises(UsageError, match="at most 2 valid trials"):
        read_baseline("invalid", "x", 10, runs, ("it", "other"))


def test_a_run_with_a_baseline_prints_both(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    baseline = read_baseline("old", "x", 10, runs, IT)
    slower = recovering([time + 0.5 for time in TIMES], "runs/b")
    found = against(slower, baseline)
    print_outcome(slower, found, json=True)
    assert exit_status(found) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["comparison"]["judgement"], told["run"]["run"]) == ("worse", "runs/b")
    print_outcome(slower, found, json=False)
    shown = capsys.readouterr().out
    assert shown.index("passed: held") < shown.index("worse: Of 2 primary comparisons")
    print_outcome(slower, None, json=True)
    assert exit_status(against(slower, None)) == 0
    assert json.loads(capsys.readouterr().out)["run"] == "runs/b"


def test_what_is_left_behind_comes_before_a_comparison_that_cannot_be_made(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline, folder = read_baseline("old", "x", 10, runs, IT), tmp_path / "other"
    kept(tmp_path, "other", run_of([trial(0.5)], "runs/b", "test_other"))
    with pytest.raises(LeftBehind, match="a fault"):
        conclude(folder, 0, interrupted=False, left="a fault", json=True, baseline=baseline)
    with pytest.raises(UsageError, match="no test is in both"):
        conclude(folder, 0, interrupted=False, left="", json=True, baseline=baseline)
    assert '"run"' in capsys.readouterr().out


def test_a_run_that_failed_has_failed_whatever_the_comparison_says(runs: Path, tmp_path: Path) -> None:
    baseline = read_baseline("old", "x", 10, runs, IT)
    kept(tmp_path, "failed", replace(recovering(TIMES), verdict="failed"))
    ended = {
        name: conclude(tmp_path / name, 0, interrupted=False, left="", json=True, baseline=baseline)
        for name in ("failed", "new", "few")
    }
    assert ended == {"failed": 1, "new": 1, "few": 3}


def test_the_history_of_a_run_that_was_cut_off_stays(cli: Cli, runs: Path) -> None:
    cut = store.events_path(kept(runs, "cut", None))
    os.utime(cut, (0, 0))
    assert cli("runs", "prune", "--keep", "0", "--histories", "--yes", "--runs", str(runs)).code == 0
    assert cut.exists()
    assert not store.events_path(runs / "old").exists()
