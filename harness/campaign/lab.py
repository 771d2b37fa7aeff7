"""A lab that a campaign uses alone: a trial that an earlier campaign left on it is awaited first."""

import fcntl
import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from harness.campaign.trial import LONGEST_S
from harness.experiment.process import UNDO_SECONDS
from harness.lab import ready
from harness.model import folders
from harness.model.errors import EnvironmentProblem, LeftBehind, NotMeasured

PATIENCE_S: Final = LONGEST_S + UNDO_SECONDS  # no trial that a killed campaign left lasts longer
TOLD_EVERY_S: Final = 60.0
_ONE_AT_A_TIME: Final = Lock()

Say = Callable[[str], None]
Needless = Callable[[], bool]
"""Is the lab not needed any longer? Then it is awaited no longer."""


def _needed() -> bool:
    return False


@contextmanager
def used(name: str, overlays: Collection[str], say: Say, needless: Needless = _needed) -> Iterator[int]:
    """The lab is up in the body, and taken down after unless it was up before.

    Yields the descriptor of its claim: a trial's process keeps it open, so that a campaign which was killed is followed
    by another only when its last trial has undone what it did. Raises as `claimed`.
    """
    with claimed(name, say, needless) as claim, borrowed_in_turn(name, overlays, say):
        yield claim


@contextmanager
def borrowed_in_turn(name: str, overlays: Collection[str], say: Say) -> Iterator[None]:
    """As `ready.borrowed`; of several labs one at a time comes up: each takes a core while it does.

    Raises `LeftBehind` for a lab that cannot be taken down.
    """
    lab = ready.borrowed(name, lambda text: say(f"{name}: {text}"), overlays)
    with _ONE_AT_A_TIME:
        lab.__enter__()
    try:
        yield
    finally:
        try:
            lab.__exit__(None, None, None)
        except EnvironmentProblem as error:
            raise LeftBehind(f"The lab {name} could not be taken down: {error}") from error


@contextmanager
def claimed(name: str, say: Say, needless: Needless = _needed, patience_s: float = PATIENCE_S) -> Iterator[int]:
    """Raises `EnvironmentProblem` if the lab stays in use, `NotMeasured` if it became needless before it was free."""
    folder = folders.state() / "campaign"
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / f"{name}.lock", os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        _await(descriptor, name, say, needless, patience_s)
        yield descriptor
    finally:
        os.close(descriptor)


def _await(descriptor: int, name: str, say: Say, needless: Needless, patience_s: float) -> None:
    began, told = time.monotonic(), 0
    while not _lock(descriptor):
        waited = time.monotonic() - began
        if waited > patience_s:
            raise EnvironmentProblem(f"The lab {name!r} is used by another campaign: name another --lab, or await it.")
        if needless():
            raise NotMeasured("Another campaign used it until it was not needed any longer.")
        if waited >= told * TOLD_EVERY_S:
            most = (patience_s - waited) / 60
            say(f"{name}: a trial of another campaign is still at work on it; waiting {most:.0f} min at most")
            told += 1
        time.sleep(0.2)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
