"""What unit tests share."""

import signal
import sys
from collections.abc import Iterator

import pytest

import harness.cli
from harness.checks import _check
from tests import absent
from tests.command_line import Cli, Ended

absent.stand_in()


@pytest.fixture
def errors_are_said() -> None:
    """For a test of what a check says that fails itself."""


@pytest.fixture(autouse=True)
def _errors_of_checks(request: pytest.FixtureRequest) -> Iterator[None]:
    """A check that raises is inconclusive, and says so: a test that expects this verdict must not pass by an error."""
    usual = _check._answer
    if "errors_are_said" not in request.fixturenames:
        _check._answer = lambda judge: judge()
    yield
    _check._answer = usual


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Cli]:
    """The command line in this process, with its handlers of signals put back."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    for name in ("HARNESS_LAB", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "160")

    def call(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["harness", *arguments])
        with pytest.raises(SystemExit) as ended:
            harness.cli.main()
        return Ended(int(ended.value.code or 0), *capsys.readouterr())

    yield call
    for number, handler in handlers.items():
        signal.signal(number, handler)
