"""The events of a lab's agents, for whoever waits on them: agents call from their own threads, readers wait here."""

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
        """Asks about what the sinks hold, between two events."""
        with self._changed:
            return question()

    def wait(self, awaited: str, unmet: Callable[[], str], seconds: float) -> None:
        """Until `unmet` returns an empty string; it is asked after every event.

        Raises `TimedOut`. The deadline measures nothing.
        """
        deadline = time.monotonic() + seconds
        with self._changed:
            while missing := unmet():
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    raise TimedOut(awaited, seconds, missing)
                self._changed.wait(remaining)
