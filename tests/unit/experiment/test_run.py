"""A run's recorder ends with the run, also one that does not listen."""

import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from harness.experiment import run as module
from harness.experiment.run import Run
from harness.history import store
from harness.history.tail import Tail
from harness.lab import compose
from harness.model.errors import AgentError
from harness.model.events import Lag

DEAF = "import time; print('ready', flush=True); time.sleep(60)"
OBEDIENT = "import sys; print('ready', flush=True); sys.stdin.read()"


class NoLab:
    topology = compose.topology()
    name = "none"


def recording(folder: Path, program: str) -> tuple[Run, subprocess.Popen[str]]:
    (folder / "events.jsonl").touch()
    run = Run(cast("Any", NoLab()), cast("Any", None), folder)
    run._tail = Tail(store.events_path(folder), lambda _: None)
    run._recorder = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert run._recorder.stdout
    with run._recorder.stdout as told:
        told.readline()
    return run, run._recorder


def test_a_recorder_ends_when_it_is_told_to(tmp_path: Path) -> None:
    run, recorder = recording(tmp_path, OBEDIENT)
    run.__exit__(None, None, None)
    assert recorder.returncode == 0


def test_a_recorder_that_does_not_end_is_killed_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ENDS_SECONDS", 0.1)
    run, recorder = recording(tmp_path, DEAF)
    with pytest.raises(AgentError, match=r"The recorder did not end in 0\.1 s, and was killed"):
        run.__exit__(None, None, None)
    assert recorder.returncode == -9
    assert run._tail._file.closed


def test_what_is_recorded_is_complete_once_both_observers_said_how_late_they_were(tmp_path: Path) -> None:
    """A takeover at the very end of a step, read late, is stamped after it: only the next report says so."""
    run, _ = recording(tmp_path, OBEDIENT)
    run._take(Lag(99, "eye", 1))
    run._take(Lag(200, "service", 1))
    assert run._unreported(100) == "no report of eye yet"
    run._take(Lag(100, "eye", 2_000))
    assert run._unreported(100) == ""
    run.__exit__(None, None, None)
