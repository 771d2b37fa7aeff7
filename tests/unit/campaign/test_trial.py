"""A trial's process: what it left is its result, and its death costs it alone."""

import inspect
import os
import signal
import sys
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.campaign import log, plan, trial
from harness.campaign.carry_out import pairs
from harness.campaign.job import Cell, Job
from harness.campaign.lab import claimed
from harness.campaign.plan import Plan
from harness.campaign.runner import Runner
from harness.campaign.trial import Processes, of_outcome, read_result
from harness.experiment.process import UNDO_SECONDS
from harness.model.errors import EnvironmentProblem, NotMeasured, UsageError
from harness.model.outcome import RunOutcome, decode_outcome, encode_outcome
from tests.unit.campaign.campaigns import no_lab, quiet, told

DATA = Path(__file__).parents[2] / "data"
JOB = Job(Cell("freeze lb-ext-1 for 350ms", "", "advert-100ms"), 1, 1)
OUTCOME = decode_outcome((DATA / "outage" / "outcome.json").read_bytes())


def stand_in(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Instead of pytest on a lab: a program of ours, which finds the run's folder in its arguments."""
    monkeypatch.setattr(trial, "pytest_command", lambda file, *options: [sys.executable, "-c", program, *options])


WRITES = f"""
import pathlib, shutil, sys
run = pathlib.Path(next(each for each in sys.argv if each.startswith("--run-folder=")).partition("=")[2])
run.mkdir()
shutil.copy({str(DATA / "outage" / "outcome.json")!r}, run / "outcome.json")
"""


def test_an_outage_that_appears_is_as_expected_and_the_pair_did_not_hold() -> None:
    found = of_outcome(JOB, 1, OUTCOME)
    assert (found.status, found.good, found.why) == ("as expected", False, "")


def changed(**fields: object) -> RunOutcome:
    (test,) = OUTCOME.tests
    return replace(OUTCOME, verdict=fields.get("verdict", OUTCOME.verdict), tests=(replace(test, **fields),))


def test_what_held_is_told_apart_from_what_was_expected() -> None:
    gone = of_outcome(JOB, 1, changed(verdict="failed"))
    assert (gone.status, gone.good) == ("not as expected", True)
    of_test = replace(JOB, cell=Cell("june_13", "outage"))
    unsafe = of_outcome(of_test, 1, changed(verdict="failed", intent="gate"))
    assert (unsafe.status, unsafe.good) == ("not as expected", False)
    assert unsafe.why
    nothing = of_outcome(JOB, 1, changed(verdict="invalid"))
    assert (nothing.status, nothing.good, nothing.measured) == ("invalid", None, False)


def test_a_schedule_is_judged_by_its_own_harm_alone() -> None:
    """A pair that was not steady before it, or a defect of ours, is no split that the schedule made."""
    failed = changed(verdict="failed", intent="gate")
    for failure, status in (
        ("wrong cache: gw-2 to lb-ext-2 instead of lb-ext-1", "not as expected"),
        ("Pair not steady after 40 s: gw-2 reaches lb-ext-2.", "invalid"),
        ("KeyError: 'gw-2'", "invalid"),
    ):
        (test,) = failed.tests
        trials = (replace(test.trials[0], failure=failure),)
        found = of_outcome(JOB, 1, replace(failed, tests=(replace(test, trials=trials),)))
        assert (found.status, found.why) == (status, failure)


@pytest.mark.parametrize("intent", ["reproduction", "gate"])
def test_a_pair_that_was_never_steady_says_nothing(intent: str) -> None:
    """No step was made: an outage that did not appear for that reason is no pair that held, nor one that did not."""
    (test,) = OUTCOME.tests
    failure = "Pair not steady after 40 s: gw-2 reaches lb-ext-2."
    before = changed(
        verdict="failed", intent=intent, trials=(*test.trials, replace(test.trials[0], failure=failure, steps=()))
    )
    found = of_outcome(replace(JOB, cell=Cell("june_13", "outage")), 1, before)
    assert (found.status, found.good, found.why) == ("invalid", None, failure)


def test_no_outcome_is_a_lost_trial_and_never_a_result(tmp_path: Path) -> None:
    for status, why in ((-9, "ended by signal 9"), (3, "exit status 3"), (0, "exit status 0")):
        found = read_result(JOB, 1, tmp_path, status)
        assert (found.status, found.good) == ("lost", None)
        assert why in found.why
    (tmp_path / "outcome.json").write_bytes(encode_outcome(OUTCOME))
    assert [read_result(JOB, 1, tmp_path, status).status for status in (0, 1)] == ["as expected", "lost"]
    (tmp_path / "outcome.json").write_bytes(encode_outcome(OUTCOME)[:-40])
    assert "cannot be read" in read_result(JOB, 1, tmp_path, 0).why


def test_a_request_that_pytest_refuses_ends_the_campaign(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exit status 4"):
        read_result(JOB, 1, tmp_path, 4)


def test_a_process_that_ends_well_leaves_a_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, WRITES)
    found = Processes(tmp_path, pairs())(JOB, 1, "some-lab")
    assert (found.status, found.lab) == ("as expected", "some-lab")
    assert (tmp_path / found.run / "outcome.json").is_file()
    assert "faults.freeze('lb-ext-1'" in (tmp_path / found.run).with_name("test_schedule.py").read_text()


def test_a_killed_worker_costs_its_trial_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first attempt of the second trial is killed for good; it is done once more, and five trials are measured."""
    dies = "import os, sys\nif any('/0002-' in each and '-1/run' in each for each in sys.argv): os.kill(os.getpid(), 9)"
    stand_in(monkeypatch, f"{dies}\n{WRITES}")
    asked = Plan((JOB.cell,), 5, 1)
    plan.keep(tmp_path, asked)
    Runner(asked, tmp_path, Processes(tmp_path, pairs()), no_lab, quiet).run(["lab"])
    assert [each.status for each in log.read(tmp_path)].count("lost") == 1
    assert (told(tmp_path).rows[0].measured, told(tmp_path).rows[0].unmeasured) == (5, 0)


def test_an_interrupt_reaches_the_process_once_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that it is ready by a pipe, and would wait for ever."""
    read, write = os.pipe()
    stand_in(monkeypatch, f"import os, signal\nos.write({write}, b'x')\nsignal.pause()")
    processes = Processes(tmp_path, pairs())
    found = []
    thread = threading.Thread(target=lambda: found.append(processes(JOB, 1, "lab", write)))
    thread.start()
    assert os.read(read, 1) == b"x"
    processes.interrupt()
    thread.join()
    assert found[0].status == "lost"
    assert str(int(signal.SIGINT)) in found[0].why or "exit status 1" in found[0].why
    for descriptor in (read, write):
        os.close(descriptor)


def test_a_lab_is_used_by_one_campaign_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The claim is the process's too: a campaign that was killed is followed when its last trial has undone."""
    monkeypatch.setattr("harness.model.folders.state", lambda: tmp_path)
    with claimed("lab", quiet):
        with pytest.raises(EnvironmentProblem, match="used by another campaign"), claimed("lab", quiet, patience_s=0):
            pass
        with claimed("other", quiet, patience_s=0):
            pass
    with claimed("lab", quiet, patience_s=0):
        pass


def test_a_lab_is_awaited_for_as_long_as_a_trial_can_last() -> None:
    assert inspect.signature(claimed).parameters["patience_s"].default >= trial.LONGEST_S + UNDO_SECONDS


def test_a_lab_is_awaited_aloud_and_only_while_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C, or the other labs have done all jobs: nothing is to be awaited."""
    monkeypatch.setattr("harness.model.folders.state", lambda: tmp_path)
    monkeypatch.setattr("harness.campaign.lab.TOLD_EVERY_S", 0.0)
    asked, said = iter([False, False, True]), list[str]()
    with claimed("lab", quiet), pytest.raises(NotMeasured), claimed("lab", said.append, lambda: next(asked)):
        pass
    assert [each.partition("waiting ")[2] for each in said] == ["31 min at most"] * 2
