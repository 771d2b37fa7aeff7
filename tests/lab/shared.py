"""The lab that the tests of this folder share: its name, commands inside its containers, one trial on it."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from msgspec.structs import replace

from harness.experiment import Trial
from harness.experiment.session import Session
from harness.model.errors import NotMeasured
from harness.model.load import PROBE

SLOWER: Final = replace(PROBE, rate_hz=50.0)
"""For tests of what survives: how fast the machine is, is not their subject."""

LAB = ""  # set from --lab by conftest.py, before any test module is imported


def container(service: str, lab: str = "") -> str:
    return f"{lab or LAB}-{service}-1"


def execute(service: str, *argv: str, check: bool = True) -> str:
    """stdout of a command in a container; "" if it fails and `check` is off."""
    return execute_in(LAB, service, *argv, check=check)


def execute_in(lab: str, service: str, *argv: str, check: bool = True) -> str:
    """The same in any lab."""
    done = subprocess.run(
        ["docker", "exec", container(service, lab), *argv], capture_output=True, text=True, check=False, timeout=20
    )
    assert not check or done.returncode == 0, f"{service}: {' '.join(argv)}: {done.stderr}"
    return done.stdout if done.returncode == 0 else ""


def restart(service: str) -> None:
    """As an operator does; without a grace period."""
    subprocess.run(["docker", "restart", "-t", "0", container(service)], capture_output=True, check=True, timeout=60)


def wait_for(met: Callable[[], bool], awaited: str, seconds: float = 20) -> None:
    """Asks again until it is met: for what no event tells."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, f"{awaited}: not within {seconds} s"
        time.sleep(0.05)


def measured(report: dict[str, Any]) -> dict[str, Any]:
    """The gate's report. Raises `NotMeasured` if a busy machine left it without a verdict: no result of a test."""
    if report["verdict"] == "INCONCLUSIVE" and "the machine was too busy" in report["sentence"]:
        raise NotMeasured(report["sentence"])
    return report


@contextmanager
def one_trial(session: Session, name: str, configuration: str) -> Iterator[Trial]:
    """A test of one trial, from steady state to its reset."""
    trials = session.begin_test(name, "gate", configuration, 1)
    attempts = iter(trials)
    yield next(attempts)
    trials.settle()
    session.end_test()
