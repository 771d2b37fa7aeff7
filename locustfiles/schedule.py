"""When arrivals are due. Pure: the caller passes the time."""

from typing import Final

from harness.model.units import ms, s

NEVER: Final = 1 << 62
SLACK: Final = 25 * ms  # a busy machine may wake a process so late; this must not slow the schedule


class Schedule:
    """Evenly spaced arrivals. None is skipped, and there are no bursts: late arrivals begin at twice the rate.

    Arrivals that are late by up to `SLACK` begin at once: with one arrival per wake-up a busy machine would never catch
    up.
    """

    def __init__(self) -> None:
        self._interval = 0
        self._due = 0
        self._end = -1  # no arrival is due later
        self._earliest = 0  # pacing: the next arrival may not begin before

    def change(self, rate_hz: float, now: int) -> None:
        """After rate 0 an arrival is due now; else the next stays due as planned, or one interval from now if earlier.

        Rate 0: no arrival is due any more; overdue arrivals still begin.
        """
        if not rate_hz:
            self._end = min(self._end, now)
            return
        silent, self._interval, self._end = self.next == NEVER, round(s / rate_hz), NEVER
        self._due = now if silent else min(self._due, now + self._interval)
        self._earliest = min(self._earliest, now)

    @property
    def next(self) -> int:
        """When the next arrival may begin."""
        return max(self._due, self._earliest) if self._due <= self._end else NEVER

    def owes(self, before_ns: int) -> bool:
        """Has an arrival that is due before then not yet begun?"""
        return self._due <= self._end and self._due < before_ns

    def take(self, now: int) -> int:
        """An arrival begins now; returns when it was due."""
        due, self._due = self._due, self._due + self._interval
        self._earliest = max(self._earliest, now - SLACK) + self._interval // 2
        return due

    def forgive(self, now: int) -> None:
        """Closed loop: an arrival cannot be due while the last request is pending; it is due now."""
        self._due = max(self._due, now)
