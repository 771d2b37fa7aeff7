"""Follow a run's events while the recorder still writes them: only complete lines, each once."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from harness.model.errors import AgentError, TimedOut
from harness.model.events import AnyEvent, Decoder

POLL_SECONDS: Final = 0.01


class Tail:
    """`events`: all events read so far. `on_event` is called once for each."""

    def __init__(self, path: Path, on_event: Callable[[AnyEvent], None]) -> None:
        self.events: list[AnyEvent] = []
        self._file = path.open("rb")
        self._decoder = Decoder()
        self._torn = b""
        self._on_event = on_event

    def close(self) -> None:
        self._file.close()

    def poll(self) -> None:
        """Reads the lines appended since the last call, and calls `on_event` for their events.

        Raises `AgentError` for lines that cannot be read, after the others: a trial that misses one is invalid.
        """
        *lines, self._torn = (self._torn + self._file.read()).split(b"\n")
        unread = [problem for line in lines if (problem := self._take(line))]
        if unread:
            raise AgentError(f"The record has {len(unread)} lines that cannot be read. The first: {unread[0]}.")

    def _take(self, line: bytes) -> str:
        """Why the line cannot be read; empty if it can."""
        try:
            event = self._decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return f"{line[:200].decode(errors='replace')} ({error})"
        if event is not None:
            self.events.append(event)
            self._on_event(event)
        return ""

    def wait(self, awaited: str, unmet: Callable[[], str], seconds: float, alive: Callable[[], None]) -> None:
        """Polls until `unmet`, which says what is missing, returns an empty string. `alive` raises if the writer died.

        Raises `TimedOut`. The deadline, by the caller's clock, is only for safety: no measured value depends on it.
        """
        deadline = time.monotonic() + seconds
        self.poll()
        while missing := unmet():
            alive()
            if time.monotonic() > deadline:
                raise TimedOut(awaited, seconds, missing)
            time.sleep(POLL_SECONDS)
            self.poll()
