"""Follows one keepalived: reads its notify FIFO as it is written, and requests its dumps."""

import contextlib
import os
from collections.abc import Callable, Iterable
from stat import S_ISFIFO
from typing import Final

import msgspec

from harness.agents.loop import Loop, now
from harness.agents.services import processes
from harness.agents.services.keepalived import reports
from harness.agents.services.keepalived.settings import KeepalivedSettings
from harness.agents.services.node_files import NodeFiles
from harness.agents.services.runit.service_watch import ServiceWatch
from harness.model.events import AnyEvent, VrrpState
from harness.model.units import ms, s

LONGEST_LINE: Final = 4096
READ_AT_ONCE: Final = 1 << 16
FIFO_HOLDS: Final = 1 << 20
"""Bytes at most, for unprivileged processes: /proc/sys/fs/pipe-max-size (pipe(7))."""
DUMP_TAKES_NS: Final = 20 * ms
UNANSWERED_NS: Final = 1 * s
YOUNG_NS: Final = 1 * s
"""A younger process gets no signal: the signal may end it before it has set up its handlers."""


class KeepalivedWatch:
    """`watch`: the service; its process gets the signals.

    Call periodically `look` (FIFO), `settle` (settings, if they may be new) and then `ask` (state).
    """

    def __init__(self, loop: Loop, watch: ServiceWatch, emit: Callable[[AnyEvent], None]) -> None:
        self._loop = loop
        self._watch = watch
        self._node = watch.service.node
        self._files = NodeFiles.of(watch.service.init)
        self._emit = emit
        self._fifo: int | None = None
        self._identity: tuple[int, int] | None = None
        self._unread = ""
        self._latest: dict[str, VrrpState] = {}
        self._closed = ""  # why the FIFO cannot be read
        self._foreign, self._last_foreign = 0, ""
        self._settings = KeepalivedSettings(loop, watch, self._files, emit)
        self._asked_ns = 0  # 0: no dump is awaited
        self._written_ns = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What the agent cannot observe of this keepalived, and whether another process writes to its FIFO."""
        node, count = self._node, self._foreign
        foreign = f"{node}: {count} lines of {reports.FIFO} are not keepalived's, the last: {self._last_foreign!r}"
        return (*([self._closed] if self._closed else []), *([foreign] if count else []), *self._settings.notes)

    def baseline(self, t: int) -> Iterable[AnyEvent]:
        states = [msgspec.structs.replace(state, t=t) for state in self._latest.values()]
        return [*states, *self._settings.baseline(t)]

    def look(self) -> None:
        """Opens the present FIFO: keepalived removes it at its end and makes another at its next start.

        No line is lost in between: keepalived itself keeps its FIFO open for reading, so that its lines stay there.
        Its last lines may still be in the old FIFO if the agent is late: they are read first.
        Opened for writing too: else the FIFO would stay readable (end of file) after the end of keepalived.
        """
        try:
            stat = self._files.stat(reports.FIFO)
        except OSError:  # no FIFO, or no permission: the state is unknown
            return
        if self._identity != (stat.st_dev, stat.st_ino):
            self._open()

    def settle(self) -> None:
        """Requests the settings after a start or a reload; `ask` waits until they have come."""
        self._settings.look()
        if not self._waiting:
            self._settings.ask()

    def ask(self) -> None:
        """Requests the state, unless a dump is still awaited. A frozen process gets no signal: it would be queued."""
        if self._may_be_asked():
            self._asked_ns = now()
            processes.send(self._watch.pid, reports.DUMP_SIGNAL)
            self._loop.at(now() + DUMP_TAKES_NS, self._read_dump)

    def close(self) -> None:
        if self._fifo is not None:
            self._loop.forget(self._fifo)
            os.close(self._fifo)
            self._fifo = None

    def _may_be_asked(self) -> bool:
        watch = self._watch
        waiting = self._waiting or self._settings.waits
        young = now() - watch.since_ns < YOUNG_NS
        idle = bool(watch.pid) and not (waiting or young or watch.stopped)
        return idle and reports.takes(watch.pid, reports.DUMP_SIGNAL)

    @property
    def _waiting(self) -> bool:
        """Is a dump of its state awaited?"""
        return bool(self._asked_ns) and now() - self._asked_ns < UNANSWERED_NS

    def _open(self) -> None:
        self._drain()
        self.close()
        self._identity = None
        try:
            fifo = self._files.open(reports.FIFO, os.O_RDWR | os.O_NONBLOCK)
        except (FileNotFoundError, ProcessLookupError):  # gone again: the next `look` finds the new one
            return
        except OSError as error:
            self._closed = f"{self._node}: {reports.FIFO}: {error.strerror}"
            return
        stat = os.fstat(fifo)
        if not S_ISFIFO(stat.st_mode):  # an ordinary file is always readable: epoll cannot wait for it
            self._closed = f"{self._node}: {reports.FIFO} is no FIFO"
            os.close(fifo)
            return
        self._identity = stat.st_dev, stat.st_ino
        self._fifo, self._unread, self._closed = fifo, "", ""
        self._loop.watch(fifo, lambda _: self._told())

    def _drain(self) -> None:
        """At most as much as a FIFO can hold: a process of the node may write to it without end."""
        with contextlib.suppress(BlockingIOError):  # it is empty
            for _ in range(FIFO_HOLDS // READ_AT_ONCE):
                if self._fifo is not None:
                    self._told()

    def _told(self) -> None:
        assert self._fifo is not None
        text = self._unread + os.read(self._fifo, READ_AT_ONCE).decode(errors="replace")
        complete, _, rest = text.rpartition("\n")
        self._unread = rest[-LONGEST_LINE:]
        lines = reports.states(complete, self._node, now())
        for state in lines.states:
            self._latest[state.instance] = state
            self._emit(state)
        if lines.foreign:
            self._foreign, self._last_foreign = self._foreign + len(lines.foreign), lines.foreign[-1][:80]

    def _read_dump(self) -> None:
        """Emits the dump if it is new and complete; else the sample is missing, and the next request follows."""
        try:
            written = self._files.stat(reports.DUMP).st_mtime_ns
            raw = self._files.read(reports.DUMP)
            events = list(reports.dumps(raw, self._node, now()))
        except (OSError, msgspec.DecodeError):
            return
        if written != self._written_ns:
            self._written_ns, self._asked_ns = written, 0
            for event in events:
                self._emit(event)
