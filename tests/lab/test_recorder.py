"""The recorder may die; what it could not record is never silently missing."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.experiment.run import Run
from harness.experiment.session import Session
from harness.history import store
from harness.model.errors import AgentError
from tests.lab.shared import SLOWER

pytestmark = pytest.mark.lab


@pytest.fixture
def session(lab: str, tmp_path: Path) -> Iterator[Session]:
    with Session("recorder", lab, tmp_path / "run", print, SLOWER) as opened:
        yield opened


def test_a_killed_recorder_is_told_at_once(session: Session) -> None:
    assert session.run._recorder
    os.kill(session.run._recorder.pid, signal.SIGKILL)
    with pytest.raises(AgentError, match=r"The recorder ended with exit status -9"):
        session.run.sync()


def test_a_recorder_that_cannot_write_says_why(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    store.create(folder, store.read_header(session.folder), session.lab.topology)
    store.log_path(folder, "gw-1").mkdir()  # where a file should be
    dead = pytest.raises(AgentError, match=r"(?s)exit status 1\. Its last line: IsADirectoryError.*gw-1\.log")
    with dead, Run(session.lab, session.load, folder) as run:
        run.wait("its end", lambda: "not yet", 10)
