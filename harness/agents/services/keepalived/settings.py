"""The settings that one keepalived uses, by its own text dump: requested after its start and after each reload.

The agent notices each reload, by keepalived itself, an operator or an op, except with ``use_disk_copy_for_config``
(`reports.read_files_ns`). It does not notice changes without a reload: the FIFO reports a state, and adverts show the
effect of a weight.
"""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from harness.agents.loop import Loop, now
from harness.agents.services import processes
from harness.agents.services.keepalived import reports
from harness.agents.services.keepalived.settings_due import Reading, SettingsDue
from harness.agents.services.node_files import NodeFiles
from harness.agents.services.runit.service_watch import ServiceWatch
from harness.model.events import AnyEvent, VrrpConfigured
from harness.model.keepalived_dump import read_dump
from harness.model.units import ms

TAKES_NS: Final = 20 * ms


class KeepalivedSettings:
    """Call `look` periodically, and `ask` while no other dump is awaited: keepalived writes one dump at a time."""

    def __init__(self, loop: Loop, watch: ServiceWatch, files: NodeFiles, emit: Callable[[AnyEvent], None]) -> None:
        self._loop = loop
        self._watch = watch
        self._files = files
        self._emit = emit
        self._due = SettingsDue()
        self._latest: VrrpConfigured | None = None
        self._before_ns = 0  # mtime of the dump before the request
        self._missing = ""

    @property
    def notes(self) -> tuple[str, ...]:
        node = self._watch.service.node
        return (f"{node}: keepalived does not report its settings: {self._missing}",) if self._due.given_up else ()

    @property
    def waits(self) -> bool:
        return self._due.waits(now())

    def baseline(self, t: int) -> Iterable[VrrpConfigured]:
        return [msgspec.structs.replace(self._latest, t=t)] if self._latest else []

    def look(self) -> None:
        pid = self._watch.pid
        self._due.look(Reading(pid, reports.read_files_ns(pid) if pid else 0), now())

    def ask(self) -> None:
        """Requests a dump, unless nothing is new, or the process does not handle the signal."""
        pid = self._watch.pid
        if self._due.at(now()) and not self._watch.stopped and reports.takes(pid, reports.TEXT_SIGNAL):
            self._missing = "no answer"
            self._before_ns = self._changed_ns()
            self._due.ask(now())
            processes.send(pid, reports.TEXT_SIGNAL)
            self._loop.at(now() + TAKES_NS, self._read)

    def _read(self) -> None:
        """Repeats until the dump is complete or late: keepalived may still be writing it."""
        if self._due.waits(now()) and not self._taken():
            self._loop.at(now() + TAKES_NS, self._read)

    def _taken(self) -> bool:
        try:
            if self._changed_ns() == self._before_ns:
                return False
            text = self._files.read(reports.TEXT).decode(errors="replace")
        except OSError as error:
            self._missing = f"{reports.TEXT}: {error.strerror}"
            return False
        found = read_dump(text, reports.marked)
        self._missing = "; ".join(found.missing)
        if found.complete:
            event = VrrpConfigured(now(), self._watch.service.node, self._due.pid, self._due.tell(), found.running)
            self._latest = event
            self._emit(event)
        return found.complete

    def _changed_ns(self) -> int:
        """0: no dump yet, or it is not readable: no file of a node may end the agent."""
        try:
            return self._files.stat(reports.TEXT).st_mtime_ns
        except OSError as error:
            self._missing = f"{reports.TEXT}: {error.strerror}"
            return 0
