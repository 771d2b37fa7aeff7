"""scripts/setup changes nothing without consent, and says in one sentence what is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.model.folders import ROOT


def setup(*steps: str, state: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"CI", "YES", "DOCKER_HOST"}}
    return subprocess.run(
        [str(ROOT / "scripts" / "setup"), *steps],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env=kept | {"HARNESS_STATE": str(state)} | environment,
    )


def test_an_unknown_step_is_wrong_use(tmp_path: Path) -> None:
    done = setup("nothing", state=tmp_path)
    assert done.returncode == 2
    assert "valid: python engine compose base" in done.stderr


def test_an_engine_that_does_not_answer_is_not_replaced(tmp_path: Path) -> None:
    done = setup("engine", state=tmp_path, DOCKER_HOST="tcp://127.0.0.1:1", YES="1")
    assert done.returncode == 3
    assert "No engine answers at DOCKER_HOST=tcp://127.0.0.1:1" in done.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="only root is offered an installation")
def test_without_a_terminal_nobody_agrees(tmp_path: Path) -> None:
    done = setup("python", state=tmp_path, PYTHON="/nowhere/python3")
    assert done.returncode == 3
    assert "will install" in done.stderr
    assert "YES=1 agrees to it" in done.stderr


def test_a_python_that_serves_is_used_as_it_is(tmp_path: Path) -> None:
    done = setup("python", state=tmp_path, PYTHON=sys.executable)
    assert (done.returncode, done.stderr) == (0, "")
