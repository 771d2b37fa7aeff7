"""The counters of a flood: the state of each session, and how sessions end."""

import errno
import resource
import time
from collections import Counter
from pathlib import Path
from typing import Final

from harness.model.events import FloodSample
from harness.model.ops import Flood
from locustfiles.flood_session import Session, State

_PAGE: Final = resource.getpagesize()


class Tally:
    """Begins with `wanted` sessions, all waiting."""

    def __init__(self, flood: Flood, wanted: int) -> None:
        self._flood = flood
        self._wanted = wanted
        self._states = Counter({State.waiting: wanted})
        self._failures = Counter[str]()
        self._opened = self._reopened = 0
        self.requests = self.answers = 0

    @property
    def open(self) -> int:
        return self._states[State.open]

    def moved(self, session: Session, state: State) -> None:
        """Sets the state of a session. No other function does."""
        self._states[session.state] -= 1
        self._states[state] += 1
        session.state = state
        if state is State.open:
            self._opened += 1
            self._reopened += session.times_opened > 1

    def failed(self, error: OSError | EOFError) -> None:
        number = error.errno if isinstance(error, OSError) else None
        self._failures[errno.errorcode.get(number, str(number)) if number else "closed"] += 1

    def sample(self) -> FloodSample:
        return FloodSample(
            t=time.monotonic_ns(),
            node=self._flood.node,
            mode=self._flood.mode,
            asked=self._flood.sessions,
            wanted=self._wanted,
            open=self.open,
            connecting=self._states[State.connecting],
            waiting=self._states[State.waiting],
            opened=self._opened,
            reopened=self._reopened,
            requests=self.requests,
            answers=self.answers,
            failures=dict(self._failures),
            memory=int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE,
        )
