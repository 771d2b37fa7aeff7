"""One trial as a process of its own: pytest on a lab that is up. If it is killed, it costs itself alone."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from zlib import crc32

import msgspec

from harness.campaign.aftermath import HARMS
from harness.campaign.as_test import FILE, as_test
from harness.campaign.job import Job
from harness.campaign.result import Result, Status
from harness.campaign.schedules import scheduled, text
from harness.experiment.catalogue import find_experiment
from harness.experiment.process import UNDO_SECONDS, pytest_command
from harness.model.errors import UsageError
from harness.model.load import PROBE_SPARINGLY
from harness.model.outcome import RunOutcome, TestOutcome, decode_outcome
from harness.search.pair import SimulatedPair

LONGEST_S: Final = 1_800.0  # July 22's longest story takes 250 s
LOG: Final = "process.log"
REASON: Final = 300  # characters

Pairs = Callable[[str], SimulatedPair]
"""Configuration → its pair on the model, whose words and timers a schedule is made of."""


class Processes:
    """Runs trials, one process for each; any thread may call. `interrupt` lets each undo what it did, and end."""

    def __init__(self, folder: Path, pairs: Pairs, probe_hz: float = PROBE_SPARINGLY.rate_hz) -> None:
        self._folder, self._pairs, self._probe_hz = folder, pairs, probe_hz
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self.interrupted = False

    def __call__(self, job: Job, attempt: int, lab: str, kept_open: int = -1) -> Result:
        """`kept_open`: a descriptor that says that the lab is in use, for as long as the process lives."""
        name = self._name(job, attempt)
        command = self._command(job, lab, name)
        began = time.monotonic()
        status = self._run(command, self._folder / name / LOG, kept_open)
        found = read_result(job, attempt, self._folder / name / "run", status)
        return msgspec.structs.replace(found, seconds=round(time.monotonic() - began, 1), lab=lab, run=f"{name}/run")

    def interrupt(self) -> None:
        """Once is enough: an undo cannot be skipped. What does not end in time is killed, and its agents undo."""
        with self._lock:
            self.interrupted = True
            for process in self._running:
                _signal(process, signal.SIGINT)
                killer = threading.Timer(UNDO_SECONDS, _signal, (process, signal.SIGKILL))
                killer.daemon = True
                killer.start()

    def _name(self, job: Job, attempt: int) -> str:
        """A folder that is not there: an attempt that was killed has left its own."""
        first = f"trials/{job.trial:04}-{crc32(msgspec.json.encode(job.cell)):08x}-{attempt}"
        names = (first, *(f"{first}-{n}" for n in range(2, 1_000)))
        found = next(name for name in names if not (self._folder / name).exists())
        (self._folder / found).mkdir(parents=True)
        return found

    def _command(self, job: Job, lab: str, name: str) -> list[str]:
        cell, folder = job.cell, self._folder / name
        options = [f"--lab={lab}", "--trials=1", f"--run-folder={folder / 'run'}"]
        if cell.scheduled:
            pair = self._pairs(cell.configuration)
            schedule = scheduled(job, pair)
            file = folder / FILE
            file.write_text(as_test(schedule, text(schedule), pair.words, cell.configuration, pair.router.name))
            chosen = f"--configuration={cell.configuration}", f"--probe-rate={self._probe_hz}"
            return pytest_command(file, *options, *chosen)
        options += [f"--only={cell.test}"] + [f"--configuration={cell.configuration}"] * bool(cell.configuration)
        return pytest_command(Path(find_experiment(cell.what).path), *options)

    def _run(self, command: list[str], log: Path, kept_open: int) -> int:
        """The exit status; negative: the signal that ended it."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, process_group=0,
                pass_fds=(kept_open,) if kept_open >= 0 else (),
            )  # fmt: skip
        with self._lock:
            self._running.add(process)
            late = self.interrupted
        if late:
            _signal(process, signal.SIGINT)
        try:
            return _ended(process)
        finally:
            with self._lock:
                self._running.discard(process)


def _ended(process: subprocess.Popen[bytes]) -> int:
    """Waits. A process that is too slow is interrupted, and killed if it does not end then."""
    for patience, number in ((LONGEST_S, signal.SIGINT), (UNDO_SECONDS, signal.SIGKILL)):
        try:
            return process.wait(patience)
        except subprocess.TimeoutExpired:
            _signal(process, number)
    return process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Of its group for a kill, so that what it started ends too; not at all once it has ended."""
    if process.poll() is None:
        (os.killpg if number == signal.SIGKILL else os.kill)(process.pid, number)


def read_result(job: Job, attempt: int, run: Path, status: int) -> Result:
    """From the outcome that the process left; without one, the trial is lost.

    Raises `UsageError` if pytest refused the request: every other trial would be refused, too.
    """
    path = run / "outcome.json"
    if status in (4, 5):
        raise UsageError(f"pytest refused {job} (exit status {status}): see {run.parent / LOG}.")
    if status not in (0, 1) or not path.is_file():
        return Result(job, attempt, "lost", why=_why_lost(status))
    try:
        outcome = decode_outcome(path.read_bytes())
    except msgspec.MsgspecError as error:
        return Result(job, attempt, "lost", why=f"its outcome cannot be read: {error}")
    if status and outcome.verdict == "passed":  # what came after the trial failed: the lab may not be as it was
        return Result(job, attempt, "lost", why=_why_lost(status))
    return of_outcome(job, attempt, outcome)


def _why_lost(status: int) -> str:
    return (
        f"its process was ended by signal {-status}" if status < 0 else f"its process ended with exit status {status}"
    )


_STATUS: Final[dict[str, Status]] = {"passed": "as expected", "failed": "not as expected", "invalid": "invalid"}


def of_outcome(job: Job, attempt: int, outcome: RunOutcome) -> Result:
    """A test that is no gate holds when its outage does not appear."""
    status = _STATUS[outcome.verdict]
    if status == "invalid":
        return Result(job, attempt, status, why=_invalid(outcome))
    if why := _before_its_steps(outcome) or (_not_its_harm(outcome) if job.cell.scheduled else ""):
        return Result(job, attempt, "invalid", why=why[:REASON])
    held = all((test.intent == "gate") == (test.verdict == "passed") for test in outcome.tests)
    why = "" if status == "as expected" else "; ".join(filter(None, map(_failure, outcome.tests)))
    return Result(job, attempt, status, held, why[:REASON])


def _before_its_steps(outcome: RunOutcome) -> str:
    """Why a trial ended before its first step: it is not known whether a pair that was never steady would hold."""
    failures = (trial.failure for test in outcome.tests for trial in test.trials if trial.failure and not trial.steps)
    return next(failures, "")


def _not_its_harm(outcome: RunOutcome) -> str:
    """Why a trial failed, if not by what its schedule did: the pair was not steady before, an error of ours."""
    failures = (trial.failure for test in outcome.tests for trial in test.trials if trial.failure)
    return next((why for why in failures if not why.startswith(HARMS)), "")


def _invalid(outcome: RunOutcome) -> str:
    reasons = (reason for test in outcome.tests for trial in test.trials for reason in trial.reasons)
    return next(reasons, outcome.sentence)[:REASON]


def _failure(test: TestOutcome) -> str:
    if test.verdict == "passed":
        return ""
    return next((trial.failure.partition("\n")[0] for trial in test.trials if trial.failure), test.sentence)
