"""When arrivals are due. Pure: the caller says what time it is."""

from typing import Final

from harness.model.units import ms, s

NEVER: Final = 1 << 62
SLACK: Final = 25 * ms  # a busy machine wakes a process this late; less must not slow the schedule


class Schedule:
    """Evenly spaced arrivals. None is skipped and none burst: what is late is made up for at twice the rate.

    What a delay of up to `SLACK` held back comes at once: with one arrival per wake-up a busy machine would fall behind
    for ever.
    """

    def __init__(self) -> None:
        self._interval = 0
        self._due = 0
        self._end = -1  # nothing that is due later will come
        self._earliest = 0  # pacing: the next arrival may not begin before

    def change(self, rate_hz: float, now: int) -> None:
        """After silence an arrival is due now; else the next keeps its place, or comes an interval from now.

        Rate 0: nothing more is due; what is overdue still comes.
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
        """Is anything that is due before then still to begin?"""
        return self._due <= self._end and self._due < before_ns

    def take(self, now: int) -> int:
        """The arrival that begins now: when it was due."""
        due, self._due = self._due, self._due + self._interval
        self._earliest = max(self._earliest, now - SLACK) + self._interval // 2
        return due

    def forgive(self, now: int) -> None:
        """Closed loop: what could not be due while the last request was pending is due now."""
        self._due = max(self._due, now)
