"""The events of a lab's agents, for callers that wait for them: agents call from their own threads."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from harness.model.errors import TimedOut
from harness.model.events import AnyEvent

_T = TypeVar("_T")


class Feed:
    """Give `take` to a `Lab`. Every sink gets every event, one at a time."""

    def __init__(self, *sinks: Callable[[AnyEvent], None]) -> None:
        self._sinks = sinks
        self._changed = threading.Condition()

    def take(self, event: AnyEvent) -> None:
        with self._changed:
            for sink in self._sinks:
                sink(event)
            self._changed.notify_all()

    def read(self, question: Callable[[], _T]) -> _T:
        """Calls `question` while no event changes what the sinks hold."""
        with self._changed:
            return question()

    def pause(self, seconds: float, until: Callable[[], bool]) -> None:
        """Waits for so long, or until an event makes `until` true. The time is by this process's clock."""
        with self._changed:
            self._changed.wait_for(until, seconds)

    def wait(self, awaited: str, unmet: Callable[[], str], seconds: float) -> None:
        """Waits until `unmet` returns an empty string; it is called after every event.

        Raises `TimedOut`. The timeout is by this process's clock, and no measurement.
        """
        deadline = time.monotonic() + seconds
        with self._changed:
            while missing := unmet():
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    raise TimedOut(awaited, seconds, missing)
                self._changed.wait(remaining)
