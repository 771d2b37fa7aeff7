"""Polls, on a lane's thread, for what no event reports."""

import time
from collections.abc import Callable
from typing import Final

from harness.model.errors import AgentError
from harness.model.units import ms, s

_LOOK_AGAIN_S: Final = 20 * ms / s


def until(condition: Callable[[], bool], awaited: str, patience_ns: int) -> None:
    """Returns once `condition` holds. Raises `AgentError`, with the text `awaited`, after `patience_ns`."""
    deadline = time.monotonic_ns() + patience_ns
    while not condition():
        if time.monotonic_ns() > deadline:
            raise AgentError(f"Timed out after {patience_ns / s:.0f} s waiting for: {awaited}.")
        time.sleep(_LOOK_AGAIN_S)
