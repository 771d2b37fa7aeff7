"""Hand and eye: when the eye ends it is started again alone; when the hand ends, so does the agent."""

import signal
import subprocess
from collections import Counter
from collections.abc import Iterator

import pytest

from harness.agents.network import __main__ as module

LIVES_S = 0.5


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """What was started, in place of which a shell runs: the hand for a while, every eye for none."""
    count: Counter[str] = Counter()
    scripts = {"hand": f"sleep {LIVES_S}; exit 3", "eye": "exit 1"}

    def start(name: str) -> subprocess.Popen[bytes]:
        count[name] += 1
        return subprocess.Popen(["sh", "-c", scripts[name]])

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(module, "_start", start)
    monkeypatch.setattr(module, "EYES_APART_S", LIVES_S / 5)
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
