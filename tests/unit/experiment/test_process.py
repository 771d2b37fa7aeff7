"""A run's tests as a process of their own: its exit status, its group, and what an interrupt does to it."""

import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.experiment import process as module
from harness.experiment.process import Tests, pytest_command, python

READY = """
import os, signal, sys
def caught():  # by its parent, which catches SIGHUP last
    told = dict(line.split(":") for line in open(f"/proc/{os.getppid()}/status"))
    return int(told["SigCgt"], 16) >> (signal.SIGHUP - 1) & 1
while not caught():
    pass
"""
INTERRUPTS_US = (
    READY
    + """
def undo(*_):
    AGAIN
    sys.exit(5)
signal.signal(signal.SIGINT, undo)
os.kill(os.getppid(), signal.FIRST)
signal.pause()
"""
)
DEAF = (
    READY
    + """
signal.signal(signal.SIGINT, signal.SIG_IGN)
os.kill(os.getppid(), signal.SIGINT)
while True:
    signal.pause()
"""
)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Whatever fails here, an interrupt of the tests themselves is as before."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def killers(monkeypatch: pytest.MonkeyPatch) -> list[threading.Timer]:
    """The timers that were started: none of them ends."""
    started: list[threading.Timer] = []

    def start(timer: threading.Timer) -> None:
        started.append(timer)

    monkeypatch.setattr(threading.Timer, "start", start)
    return started


def interrupting(first: str, again: str = "pass") -> str:
    return INTERRUPTS_US.replace("FIRST", first).replace("AGAIN", again)


def ran(program: str) -> tuple[int, bool, list[str]]:
    said: list[str] = []
    tests = Tests([sys.executable, "-c", program], said.append)
    assert not tests.interrupted
    return tests.run(), tests.interrupted, said


def test_its_exit_status_is_the_commands() -> None:
    assert ran("raise SystemExit(3)") == (3, False, [])


def test_it_has_a_group_of_its_own_and_nothing_to_read() -> None:
    """A terminal's Ctrl-C reaches all of the foreground's group."""
    assert ran("import os, sys; sys.exit(os.getpgrp() != os.getpid() or sys.stdin.read() != '')")[0] == 0


@pytest.mark.parametrize("first", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupt_is_handed_on_and_waited_for(killers: list[threading.Timer], first: str) -> None:
    """Also that of a closed terminal or a service manager."""
    before = signal.getsignal(signal.SIGINT)
    assert ran(interrupting(first)) == (5, True, ["Interrupted: undoing first."])
    assert signal.getsignal(signal.SIGINT) == before


def test_a_second_interrupt_skips_nothing(killers: list[threading.Timer]) -> None:
    again = "os.kill(os.getppid(), signal.SIGTERM)"
    status, interrupted, said = ran(interrupting("SIGINT", again))
    assert (status, interrupted) == (5, True)
    assert said == ["Interrupted: undoing first.", "Still undoing; the undo cannot be skipped."]


def test_an_undo_may_take_a_minute(killers: list[threading.Timer]) -> None:
    """A restarted node or a long query: several seconds. What ends before keeps no command waiting for that minute."""
    ran(interrupting("SIGINT"))
    assert [(killer.interval, killer.daemon) for killer in killers] == [(60.0, True)]


def test_what_does_not_undo_in_time_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "UNDO_SECONDS", 0.05)
    assert ran(DEAF)[0] == -signal.SIGKILL


def test_pytest_takes_it_for_no_test_class() -> None:
    assert not Tests.__test__


@pytest.mark.parametrize("installed, options", [(True, ["-P"]), (False, [])])
def test_an_installed_package_is_not_hidden_by_the_current_directory(
    monkeypatch: pytest.MonkeyPatch, options: list[str], *, installed: bool
) -> None:
    monkeypatch.setattr(module, "INSTALLED", installed)
    assert python("json.tool", "x") == [sys.executable, *options, "-m", "json.tool", "x"]


@pytest.mark.parametrize("registered, named", [((), True), (("harness",), False)])
def test_pytest_is_told_of_the_plugin_where_it_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, registered: tuple[str, ...], *, named: bool
) -> None:
    """Twice registered it would be an error of pytest."""
    monkeypatch.setattr(module, "entry_points", lambda **_: registered)
    command = pytest_command(Path("test_it.py"), "--trials=1")
    assert ("harness.plugin" in command) == named
    assert command[-1] == "--trials=1"
    assert command[command.index("-m", 3) :][:2] == ["-m", ""]  # rows of the soak, too
