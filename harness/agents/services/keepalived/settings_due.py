"""When to ask a keepalived for its settings: once after its start, once after each reload."""

from typing import Final, NamedTuple

from harness.model.units import s

SETTLED_NS: Final = 1 * s
"""After its start, or after it read its files. Until then its processes may still use the old settings, and a signal
may end a process that has not yet set up its handlers."""

UNANSWERED_NS: Final = 1 * s
"""A dump that has not come by then does not come: 50 of 50 came within 7 ms (docs/measurements.md)."""

MOST_ASKED: Final = 5
"""Requests for one reading of its files: each costs keepalived half a millisecond and some lines of its log."""


class Reading(NamedTuple):
    """One reading of its files by one process. `read_ns`: `keepalived.read_files_ns`."""

    pid: int
    read_ns: int


class SettingsDue:
    """Call `look` with the present reading, then `at`; `ask` and `tell` record events. Times in ns, monotonic."""

    def __init__(self) -> None:
        self._now = self._told = Reading(0, 0)
        self._since = 0
        self._asked = 0  # how often, for `_now`
        self._asked_ns = 0  # 0: no dump is awaited

    def look(self, found: Reading, t: int) -> None:
        """A dump that is awaited may be of the reading before: then it does not count."""
        if found != self._now:
            self._now, self._since, self._asked, self._asked_ns = found, t, 0, 0

    def at(self, t: int) -> bool:
        """Is a request due at `t`?"""
        wanted = bool(self._now.pid) and self._now != self._told and self._asked < MOST_ASKED
        return wanted and t - self._since >= SETTLED_NS and not self.waits(t)

    def waits(self, t: int) -> bool:
        return bool(self._asked_ns) and t - self._asked_ns < UNANSWERED_NS

    def ask(self, t: int) -> None:
        self._asked, self._asked_ns = self._asked + 1, t

    def tell(self) -> str:
        """A complete dump of the present reading has come. Returns why it was requested: ``start``, ``reload``."""
        why = "reload" if self._now.pid == self._told.pid else "start"
        self._told, self._asked_ns = self._now, 0
        return why

    @property
    def pid(self) -> int:
        return self._now.pid

    @property
    def given_up(self) -> bool:
        return self._now != self._told and self._asked >= MOST_ASKED
