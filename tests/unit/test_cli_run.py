"""`harness run` without a lab: what it finds, how it waits for its tests, what it concludes and shows."""

import json
import shutil
import signal
import subprocess
import sys
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Self

import pytest
import typer
from docker.errors import DockerException
from msgspec.structs import replace
from requests import RequestException
from rich.console import Console

from harness.cli._summary import summary
from harness.cli.run import _refuse, conclude, left_behind, run
from harness.experiment.catalogue import Experiment, find_experiment, read_experiment
from harness.experiment.process import Tests, pytest_command
from harness.lab import compose, ready
from harness.model.errors import AgentError, LeftBehind, NotMeasured, UnknownName, UsageError
from harness.model.machine_load import MachineLoad, Share
from harness.model.ops import Drop
from harness.model.outcome import (
    FaultOutcome,
    Finding,
    RunOutcome,
    StepOutcome,
    TestOutcome,
    TrialOutcome,
    VantageOutcome,
    VantageState,
    Verdict,
    encode_outcome,
)
from harness.model.protocol import Greeting, HeldOp
from harness.model.units import s
from harness.plugin import called
from harness.plugin_markers import TRIAL_NS
from harness.report.cells import percent, recovered, spread

EXPERIMENT = '''"""What it is about.

More words.
"""
import pytest
import nothing_that_exists

@pytest.mark.gate
@pytest.mark.configuration("advert-100ms")
@pytest.mark.parametrize("n", [1, 2])
def test_holds(trials):
    """It holds."""

@pytest.mark.reproduction
def test_falls(trials): ...

def helper(): ...
'''


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    (tmp_path / "test_mine.py").write_text(EXPERIMENT)
    return find_experiment("mine", tmp_path)


def test_an_experiment_is_read_and_not_imported(experiment: Experiment) -> None:
    assert (experiment.name, experiment.about) == ("mine", "What it is about.")
    tests = [(test.name, test.intent, test.configuration, test.about) for test in experiment.tests]
    assert tests == [("holds", "gate", "advert-100ms", "It holds."), ("falls", "reproduction", "default", "")]


def test_tests_are_chosen_by_name(experiment: Experiment) -> None:
    assert [test.name for test in experiment.choose("")] == ["holds", "falls"]
    assert [test.name for test in experiment.choose("falls")] == ["falls"]
    assert [test.name for test in experiment.choose("holds[2]")] == ["holds"]
    with pytest.raises(UnknownName, match="Did you mean 'falls'"):
        experiment.choose("fall")


def test_ones_own_experiment_is_found_by_its_path(tmp_path: Path, experiment: Experiment) -> None:
    assert find_experiment(experiment.path).tests == experiment.tests
    (tmp_path / "test_torn.py").write_text("def test_(:")
    with pytest.raises(UsageError, match="line 1"):
        read_experiment(tmp_path / "test_torn.py")


ROWS = """
import pytest

@pytest.mark.parametrize("n", [1, 2, pytest.param(3, marks=pytest.mark.soak)])
def test_rows(trials, n): ...
"""


def test_every_row_is_counted_in_what_is_expected(tmp_path: Path) -> None:
    """Also those of the soak: what is asked for by name is done whole."""
    assert f"tests: 3, trials: 6 in all; expected about {6 * TRIAL_NS // s} s" in said_of(ROWS, tmp_path, trials="2")


def test_without_being_asked_a_long_test_is_done_less_often(tmp_path: Path) -> None:
    rows = ROWS + "\n\n@pytest.mark.lasts(60_000_000_000)\ndef test_long(trials): ...\n"
    assert f"tests: 4, trials: {3 * 3 + 2} in all; expected about" in said_of(rows, tmp_path, trials="usual")


def test_whoever_names_no_number_of_trials_leaves_it_to_the_tests() -> None:
    command = [sys.executable, "-m", "harness", "run", "june_13", "--dry-run", "--json"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "--trials=usual" in said
    assert "--junitxml" not in said


@pytest.mark.parametrize(
    "trials", ["0", *(pytest.param(each, marks=pytest.mark.nightly) for each in ("-1", "many", ""))]
)
def test_less_than_one_trial_is_wrong_use_under_pytest_too(tmp_path: Path, trials: str) -> None:
    """Such a loop would never end, or be empty and pass."""
    (tmp_path / "test_rows.py").write_text(ROWS)
    command = pytest_command(tmp_path / "test_rows.py", "--collect-only", f"--trials={trials}", f"--rootdir={tmp_path}")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"--trials is '{trials}'; valid is a whole number from 1 on" in done.stderr


def test_pytests_own_failures_are_failed_assertions() -> None:
    """They are no `Exception`: a trial that ended so was called interrupted, and the test passed."""
    with pytest.raises(AssertionError, match="gw-2 is dark"):
        called(lambda: pytest.fail("gw-2 is dark"))


def said_of(text: str, folder: Path, trials: str) -> str:
    (folder / "test_rows.py").write_text(text)
    options = ("--collect-only", f"--trials={trials}", f"--run-folder={folder}/run", f"--rootdir={folder}")
    command = pytest_command(folder / "test_rows.py", *options)
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


CHILD = """
import os, signal, sys, time
interrupts = []
signal.signal(signal.SIGINT, lambda *_: interrupts.append(1))
os.kill(os.getppid(), signal.SIGINT)
deadline = time.monotonic() + 60
while not interrupts and time.monotonic() < deadline:
    signal.sigtimedwait([], 0.02)
os.kill(os.getppid(), signal.SIGINT)
signal.sigtimedwait([signal.SIGINT], 0.5)
sys.exit(10 + len(interrupts))
"""
"""Presses Ctrl-C in its parent as soon as it listens itself, and once more when it was interrupted."""


def test_an_interrupt_is_handed_on_once_and_waited_for() -> None:
    """Ctrl-C twice: the tests hear it once, and their undo ends by itself."""
    said: list[str] = []
    tests = Tests([sys.executable, "-c", CHILD], said.append)
    assert tests.run() == 11
    assert tests.interrupted
    assert [line.split(":")[0].split(";")[0] for line in said] == ["Interrupted", "Still undoing"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_terminals_ctrl_c_reaches_the_tests_only_by_us() -> None:
    """They lead a process group of their own."""
    assert Tests([sys.executable, "-c", "import os, sys; sys.exit(os.getpgrp() != os.getpid())"], print).run() == 0


def test_what_the_tests_print_is_not_the_result(capfd: pytest.CaptureFixture[str]) -> None:
    assert Tests([sys.executable, "-c", "print('progress')"], lambda _: None).run() == 0
    out, err = capfd.readouterr()
    assert (out, err) == ("", "progress\n")


def vantage(recovery_s: float | None) -> VantageOutcome:
    return VantageOutcome(1.0, True, recovery_s, recovery_s, 0.1, 1.0, 10, 0, None)


def outcome(verdict: Verdict = "passed", recoveries: tuple[float | None, ...] = (0.5, None)) -> RunOutcome:
    stale = Finding("no_stale_arp", "violated", "gw-2 reached lb-ext-2 for 9.2 s.")
    fault = FaultOutcome(0.8, 0.8, (0.798, 0.802), ())
    steps = [
        StepOutcome("blip", "blackhole", 10, fault, {"c-1": vantage(r)}, {"gw-2": "lb-ext-2"}, (stale,))
        for r in recoveries
    ]
    trials = tuple(TrialOutcome(True, (), (step,)) for step in steps)
    invalid = TrialOutcome(False, ("events were lost",), (), "instruments")
    unsteady = TrialOutcome(True, (), (), failure="Pair not steady after 40 s: external is owned by no node.")
    test = TestOutcome(
        "test_outage", "reproduction", "reproduced", verdict, (*trials, invalid, unsteady), "reproduced 2/2"
    )
    return RunOutcome("june_13", verdict, "June 13 reproduced 2/2.", "runs/x", (test,))


@pytest.mark.parametrize("verdict,code", [("passed", 0), ("failed", 1), ("invalid", 3)])
def test_the_verdict_is_the_exit_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verdict: Verdict, code: int
) -> None:
    (tmp_path / "outcome.json").write_bytes(encode_outcome(outcome(verdict)))
    status = 0 if verdict == "passed" else 1
    assert conclude(tmp_path, status, interrupted=False, left="", json=True) == code
    assert json.loads(capsys.readouterr().out)["verdict"] == verdict


def test_an_interrupted_run_is_kept_and_exits_130(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert conclude(tmp_path, 2, interrupted=True, left="", json=True) == 130
    (tmp_path / "outcome.json").write_bytes(encode_outcome(outcome("invalid")))
    assert conclude(tmp_path, 2, interrupted=True, left="", json=True) == 130
    out, err = capsys.readouterr()
    assert json.loads(out)["verdict"] == "invalid"
    assert str(tmp_path) in err


def test_what_is_left_behind_is_worse_than_any_verdict(tmp_path: Path) -> None:
    (tmp_path / "outcome.json").write_bytes(encode_outcome(outcome()))
    with pytest.raises(LeftBehind, match=r"drop trunk\.a"):
        conclude(tmp_path, 0, interrupted=True, left="drop trunk.a", json=True)


class Agents:
    """A lab whose agents say what they hold, or `fail`."""

    def __init__(self, *held: HeldOp, fail: Exception | None = None) -> None:
        self._held, self._fail = held, fail

    def __call__(self, _name: str) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def agent(self, name: str) -> Self:
        return self if name == "hand" else type(self)(fail=self._fail)

    def hello(self) -> Greeting:
        if self._fail:
            raise self._fail
        return Greeting(1, "hand", 1, "boot", 0, (), (), self._held, ())


HELD = HeldOp("host:7", 1, 0, Drop("trunk.a", "ingress"), 1)


@pytest.mark.parametrize(
    "agents, left",
    [
        (Agents(), ""),
        (Agents(HELD), f"Still in force after the run: {HELD.op} of host:7."),
        (Agents(fail=AgentError("hand is gone.")), "could not be asked: hand is gone."),
        (Agents(fail=DockerException("no engine")), "could not be asked: no engine"),
        (Agents(fail=RequestException("cut off")), "could not be asked: cut off"),
    ],
)
def test_who_cannot_be_asked_may_hold_something(monkeypatch: pytest.MonkeyPatch, agents: Agents, left: str) -> None:
    """Unknown is not nothing: exit status 4."""
    monkeypatch.setattr(sys.modules[left_behind.__module__], "Lab", agents)
    found = left_behind("mine")
    assert found.endswith(left)
    assert bool(found) == bool(left)


class Passing:
    """Tests that leave a passed run in the folder that they are told."""

    interrupted = False

    def __init__(self, command: list[str], _say: object) -> None:
        (folder,) = (Path(word.partition("=")[2]) for word in command if word.startswith("--run-folder="))
        folder.mkdir(parents=True)
        (folder / "outcome.json").write_bytes(encode_outcome(outcome()))

    def run(self) -> int:
        return 0


def ran(monkeypatch: pytest.MonkeyPatch, folder: Path, agents: Agents, before: set[str], *, keep: bool) -> list[str]:
    """`harness run` on a lab of which `before` ran. Returns the labs that it removed; raises what it raises."""
    removed: list[str] = []
    monkeypatch.setattr(ready, "check", lambda *_, **__: None)
    monkeypatch.setattr(ready, "running", lambda _: before)
    monkeypatch.setattr(ready, "bring_up", lambda *_: None)
    monkeypatch.setattr(compose, "down", removed.append)
    monkeypatch.setattr(sys.modules[left_behind.__module__], "Lab", agents)
    monkeypatch.setattr(sys.modules[left_behind.__module__], "Tests", Passing)
    (folder / "test_mine.py").write_text(EXPERIMENT)
    with pytest.raises(typer.Exit) as ended:
        run(str(folder / "test_mine.py"), lab="mine", keep=keep, json=True, runs=folder / "runs")
    assert ended.value.exit_code == 0
    return removed


@pytest.mark.parametrize("agents", [Agents(HELD), Agents(fail=AgentError("hand is gone."))])
def test_what_is_removed_with_the_lab_is_not_left_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], agents: Agents
) -> None:
    """It is said, and the exit status is the verdict's: the lab that an undo would be asked of does not exist."""
    assert ran(monkeypatch, tmp_path, agents, set(), keep=False) == ["mine"]
    told = capsys.readouterr().err
    assert "after the run" in told
    assert "The lab mine was removed, and its faults with it." in told
    assert "harness undo" not in told


@pytest.mark.parametrize("before,keep", [(set[str](), True), ({"lb-ext-1"}, False)])
def test_what_a_lab_that_stays_still_holds_is_left_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, before: set[str], *, keep: bool
) -> None:
    with pytest.raises(LeftBehind, match=f"after the run: {HELD.op} of host:7. Try: harness undo --lab mine,"):
        ran(monkeypatch, tmp_path, Agents(HELD), before, keep=keep)


def test_the_removal_of_a_lab_that_held_nothing_is_no_news(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran(monkeypatch, tmp_path, Agents(), set(), keep=False) == ["mine"]
    assert "its faults with it" not in capsys.readouterr().err


def test_the_exit_status_of_a_lab_that_cannot_be_asked() -> None:
    assert LeftBehind.exit_code == 4


@pytest.mark.parametrize("status,error", [(4, UsageError), (5, UsageError), (1, NotMeasured), (3, NotMeasured)])
def test_a_run_without_a_verdict_never_passes(tmp_path: Path, status: int, error: type[Exception]) -> None:
    with pytest.raises(error, match=f"exit status {status}"):
        conclude(tmp_path, status, interrupted=False, left="", json=True)


def test_tests_that_passed_in_a_run_that_failed_have_not_passed(tmp_path: Path) -> None:
    """An error after the last test, e.g. in the reset at the end."""
    (tmp_path / "outcome.json").write_bytes(encode_outcome(outcome()))
    with pytest.raises(NotMeasured, match="exit status 1"):
        conclude(tmp_path, 1, interrupted=False, left="", json=True)


@pytest.mark.parametrize(
    "values,words",
    [
        ([], "–"),
        ([0.0, 0.0], "0.000 s"),
        ([1.25, 0.5], "0.500–1.250 s"),
        ([None, None], "not released 2/2"),
        ([0.5, None], "0.500 s, not released 1/2"),
    ],
)
def test_a_spread_never_hides_what_did_not_end(values: list[float | None], words: str) -> None:
    assert spread(values, never="not released") == words


@pytest.mark.parametrize(
    "states,words",
    [
        ([], "–"),
        ([("unaffected", 0.0), ("recovered", 0.5)], "0.000–0.500 s"),
        ([("down", None), ("down", None)], "down 2/2"),
        ([("recovered", 0.5), ("down", None), ("censored", None)], "0.500 s, down 1/3, censored 1/3"),
        ([("no arrivals", None)], "no arrivals 1/1"),
    ],
)
def test_who_did_not_recover_is_told_apart_from_whom_nothing_is_known_of(
    states: list[tuple[VantageState, float | None]], words: str
) -> None:
    assert recovered([replace(vantage(recovery_s), state=state) for state, recovery_s in states]) == words


def test_a_share_that_is_not_known_is_not_left_out() -> None:
    assert percent([1.0, 0.998, None]) == "99.8–100 %, unknown 1/3"
    assert percent([None]) == "–"


def test_the_summary_shows_what_an_operator_asks() -> None:
    text = StringIO()
    Console(file=text, width=200).print(summary(outcome()))
    for words in (
        "outage", "blip", "reproduced 2/2", "c-1", "100 %, 0.500 s, down 1/2", "0.798–0.802 s", "lb-ext-2 ← gw-2",
        "no_stale_arp violated in 2 steps: gw-2 reached lb-ext-2 for 9.2 s.",
        "1 invalid (instruments): events were lost",
        "run: runs/x",
        "not as expected in 1 of 4 trials: Pair not steady after 40 s: external is owned by no node.",
    ):  # fmt: skip
        assert words in text.getvalue()


def of_the_machine(*loads: MachineLoad | None) -> list[str]:
    """Its line of the summary, of one step each; the last one's trial is invalid."""
    run = outcome(recoveries=(0.5,) * len(loads))
    test = run.tests[0]
    told = zip(test.trials, loads, strict=False)
    trials = [replace(trial, steps=tuple(replace(step, machine=load) for step in trial.steps)) for trial, load in told]
    trials[-1] = replace(trials[-1], valid=False)
    text = StringIO()
    Console(file=text, width=200).print(summary(replace(run, tests=(replace(test, trials=tuple(trials)),))))
    return [line.strip() for line in text.getvalue().splitlines() if "machine" in line]


def test_the_summary_says_what_the_machine_had_to_do() -> None:
    """The worst of all trials, whichever knew it."""
    assert of_the_machine(None, None) == []
    (line,) = of_the_machine(
        MachineLoad(Share(0.5, 0.98), Share(0.01, 0.03), Share(0.3, 0.7)),
        None,
        MachineLoad(Share(0.5, 0.9), None, Share(0.2, 0.88)),
    )
    own, others = "its own processes used up to 98 % of its CPU time", "other machines took up to 3 % of it"
    assert line == f"the machine at its busiest second: {own}, {others}, tasks waited for a CPU for up to 88 %"
    assert of_the_machine(None, MachineLoad(Share(0.5, 0.9), None, None)) == [
        "the machine at its busiest second: its own processes used up to 90 % of its CPU time"
    ]


@pytest.mark.parametrize("rate, refused", [(9.9, True), (10, False), (1_000, False), (1_001, True), (None, False)])
def test_a_probe_rate_that_tells_nothing_is_refused(rate: float | None, *, refused: bool) -> None:
    if not refused:
        _refuse(None, rate, "")
        return
    with pytest.raises(UsageError, match=r"--probe-rate is .*; valid is a number from 10 to 1000"):
        _refuse(None, rate, "")


RECORDED = Path(__file__).parents[1] / "data" / "outage"


@pytest.mark.parametrize("broken", ["show_story", "why"])
def test_a_view_that_fails_hides_neither_what_was_left_nor_the_verdict(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("a defect of the view")

    folder = tmp_path / "run"
    shutil.copytree(RECORDED, folder)
    monkeypatch.setattr(import_module("harness.cli._against"), broken, fail)
    with pytest.raises(LeftBehind):
        conclude(folder, 0, interrupted=False, left="a fault is in force", json=False)
    said = capsys.readouterr()
    assert "could not be made (ValueError: a defect of the view). The verdict stands." in said.err
    assert "passed" in said.out
