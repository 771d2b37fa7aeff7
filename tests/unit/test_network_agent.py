"""Hand, eye, GLBP: when one of the latter two ends it is started again alone; when the hand ends, so does the agent."""

import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from harness.agents import lab
from harness.agents.network import __main__ as module
from harness.model import composition, folders, lab_file

LIVES_S = 0.5
GLBP: Final = Path(__file__).parents[2] / "docs" / "glbp.yaml"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """What was started, in place of which a shell runs: the hand for a while, every eye for none."""
    count: Counter[str] = Counter()
    scripts = {"hand": f"sleep {LIVES_S}; exit 3", "eye": "exit 1", "glbp": "exit 5"}

    def start(name: str) -> subprocess.Popen[bytes]:
        count[name] += 1
        return subprocess.Popen(["sh", "-c", scripts[name]])

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(module, "_start", start)
    monkeypatch.setattr(module, "APART_S", LIVES_S / 5)
    monkeypatch.setattr(lab, "topology", lambda: composition.topology(folders.COMPOSE))
    yield count
    signal.signal(signal.SIGTERM, before)


def test_an_eye_that_ends_is_started_again_and_the_hand_goes_on(
    started: Counter[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert module.main() == 3
    assert started["hand"] == 1
    assert 2 <= started["eye"] <= 7, "again, and no faster than one may look on"
    told = capsys.readouterr().err
    assert "network-agent: eye ended with status 1" in told
    assert "network-agent: hand ended with status 3" in told
    assert not started["glbp"], "the usual lab has no GLBP group"


def test_a_lab_with_glbp_has_its_process_too(
    monkeypatch: pytest.MonkeyPatch, started: Counter[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """It starts again alone, as the eye does, and no faster."""
    monkeypatch.setattr(lab, "topology", lambda: lab_file.read(GLBP).topology)
    assert module.main() == 3
    assert started["hand"] == 1
    assert 2 <= started["glbp"] <= 7
    assert 2 <= started["eye"] <= 7
    assert "network-agent: glbp ended with status 5" in capsys.readouterr().err


def test_when_the_hand_is_killed_the_agent_ends_and_takes_the_eye_along(
    monkeypatch: pytest.MonkeyPatch, started: Counter[str]
) -> None:
    eyes: list[subprocess.Popen[bytes]] = []

    def start(name: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(["sh", "-c", "kill -9 $$" if name == "hand" else "exec sleep 60"])
        eyes.extend([process] if name == "eye" else [])
        return process

    monkeypatch.setattr(module, "_start", start)
    assert module.main() == 128 + signal.SIGKILL
    assert [eye.returncode for eye in eyes] == [-signal.SIGKILL]
