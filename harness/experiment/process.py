"""The tests of a run as a process of their own: standard output stays the caller's, Ctrl-C first undoes."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from types import FrameType
from typing import Final

from harness.model.folders import INSTALLED

UNDO_SECONDS: Final = 60.0
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Say = Callable[[str], None]


def pytest_command(experiment: Path, *options: str) -> list[str]:
    """Progress is printed as it happens (no capture)."""
    plugin = [] if entry_points(group="pytest11", name="harness") else ["-p", "harness.plugin"]
    every = ["-m", ""]  # an experiment that is named runs all its rows, also those that `make test` leaves to the soak
    quiet = ["--quiet", "--no-header", "--capture=no", "--tb=short", "-p", "no:cacheprovider"]
    return python("pytest", str(experiment), *plugin, *every, *quiet, *options)


def python(module: str, *arguments: str) -> list[str]:
    """This interpreter with a module.

    ``-P``: a folder `harness` or `experiments` in the current directory must not hide the installed package. A checkout
    that is not installed is found in the current directory, so there it is left out.
    """
    safe_path = ["-P"] if INSTALLED else []
    return [sys.executable, *safe_path, "-m", module, *arguments]


class Tests:
    """Runs a command to its end. An interrupt is handed on once, and then waited for: its undo cannot be skipped.

    The process has a group of its own, so that a terminal's Ctrl-C reaches it only through here. If its undo takes
    longer than `UNDO_SECONDS` it is killed, and the agents undo what it held because its lease is lost.
    """

    __test__ = False  # not a test class: pytest must not collect it

    def __init__(self, command: list[str], say: Say) -> None:
        self.interrupted = False
        self._say = say
        self._command = command

    def run(self) -> int:
        """Its exit status; everything that it prints goes to standard error."""
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=sys.stderr, process_group=0)
        previous = {number: signal.signal(number, self._interrupt) for number in _SIGNALS}
        try:
            return self._process.wait()
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self.interrupted:
            self._say("Still undoing; the undo cannot be skipped.")
            return
        self.interrupted = True
        self._say("Interrupted: undoing first.")
        self._process.send_signal(signal.SIGINT)
        killer = threading.Timer(UNDO_SECONDS, self._process.kill)
        killer.daemon = True
        killer.start()
