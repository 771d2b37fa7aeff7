"""A lab that a campaign uses alone: a trial that an earlier campaign left on it is awaited first."""

import fcntl
import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from harness.lab import ready
from harness.model import folders
from harness.model.errors import EnvironmentProblem, LeftBehind, UsageError

PATIENCE_S: Final = 120.0
_ONE_AT_A_TIME: Final = Lock()

Say = Callable[[str], None]


@contextmanager
def used(name: str, overlays: Collection[str], say: Say) -> Iterator[int]:
    """The lab is up in the body, and taken down after unless it was up before.

    Yields the descriptor of its claim: a trial's process keeps it open, so that a campaign which was killed is followed
    by another only when its last trial has undone what it did. Raises `UsageError` if the lab stays in use.
    """
    with claimed(name, say) as claim, borrowed_in_turn(name, overlays, say):
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
def claimed(name: str, say: Say, patience_s: float = PATIENCE_S) -> Iterator[int]:
    folder = folders.state() / "campaign"
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / f"{name}.lock", os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        _await(descriptor, name, say, patience_s)
        yield descriptor
    finally:
        os.close(descriptor)


def _await(descriptor: int, name: str, say: Say, patience_s: float) -> None:
    deadline, told = time.monotonic() + patience_s, False
    while not _lock(descriptor):
        if time.monotonic() > deadline:
            raise UsageError(f"The lab {name!r} is used by another campaign: name another --lab, or wait for its end.")
        if not told:
            say(f"{name}: a trial of another campaign is still at work on it; waiting {patience_s:.0f} s at most")
        told = True
        time.sleep(0.2)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
