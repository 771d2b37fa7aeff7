"""Instants at a fixed period, each for one of several threads."""

import threading
import time


class Pace:
    """Each instant goes to one caller. Missed instants are skipped."""

    def __init__(self, period_ns: int) -> None:
        self._period_ns = period_ns
        self._lock = threading.Lock()
        self._due = time.monotonic_ns()

    def next(self) -> int:
        """The next instant, ns; now, if it has passed."""
        with self._lock:
            self._due = max(self._due + self._period_ns, time.monotonic_ns())
            return self._due
