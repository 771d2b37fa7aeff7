"""Follows one keepalived: its notify FIFO as it is written, its JSON dump as it is asked for."""

import os
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from harness.agents.loop import Loop, now
from harness.agents.services import keepalived, processes
from harness.agents.services.service_watch import ServiceWatch
from harness.model.events import AnyEvent, VrrpState
from harness.model.units import ms, s

DUMP_TAKES_NS: Final = 20 * ms
UNANSWERED_NS: Final = 1 * s
YOUNG_NS: Final = 1 * s
"""A process younger than this is not asked: while it sets up its signals, ours could end it."""


class KeepalivedWatch:
    """`watch`: the service, whose process gets the signal. Call `look` (FIFO) and `ask` (dump) periodically."""

    def __init__(self, loop: Loop, watch: ServiceWatch, emit: Callable[[AnyEvent], None]) -> None:
        self._loop = loop
        self._watch = watch
        self._node = watch.service.node
        self._init = watch.service.init
        self._emit = emit
        self._fifo: int | None = None
        self._identity: tuple[int, int] | None = None
        self._unread = ""
        self._latest: dict[str, VrrpState] = {}
        self._asked_ns = 0  # 0: no dump is awaited
        self._written_ns = 0

    def baseline(self, t: int) -> Iterable[AnyEvent]:
        return [msgspec.structs.replace(state, t=t) for state in self._latest.values()]

    def look(self) -> None:
        """Opens the FIFO that is there now: keepalived removes it at its end and makes another at its next start.

        Nothing is missed in between: keepalived itself keeps its FIFO open for reading, so that what it writes stays.
        Opened for writing too: else the end of keepalived would leave it readable (end of file) for ever.
        """
        try:
            stat = keepalived.fifo_path(self._init).stat()
        except (FileNotFoundError, ProcessLookupError):
            return
        if self._identity != (stat.st_dev, stat.st_ino):
            self._open()

    def ask(self) -> None:
        """Asks for a dump, unless the last one is still awaited; a frozen process is not asked: signals would queue."""
        if self._may_be_asked():
            self._asked_ns = now()
            processes.send(self._watch.pid, keepalived.DUMP_SIGNAL)
            self._loop.at(now() + DUMP_TAKES_NS, self._read_dump)

    def close(self) -> None:
        if self._fifo is not None:
            self._loop.forget(self._fifo)
            os.close(self._fifo)
            self._fifo = None

    def _may_be_asked(self) -> bool:
        watch = self._watch
        waiting = self._asked_ns and now() - self._asked_ns < UNANSWERED_NS
        young = now() - watch.since_ns < YOUNG_NS
        return bool(watch.pid) and not (waiting or young or watch.stopped) and keepalived.takes_dumps(watch.pid)

    def _open(self) -> None:
        self.close()
        try:
            self._fifo = os.open(keepalived.fifo_path(self._init), os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, ProcessLookupError):  # gone again: the next look finds its successor
            return
        stat = os.fstat(self._fifo)
        self._identity = stat.st_dev, stat.st_ino
        self._unread = ""
        self._loop.watch(self._fifo, lambda _: self._told())

    def _told(self) -> None:
        assert self._fifo is not None
        text = self._unread + os.read(self._fifo, 1 << 16).decode()
        complete, _, self._unread = text.rpartition("\n")
        for state in keepalived.states(complete, self._node, now()):
            self._latest[state.instance] = state
            self._emit(state)

    def _read_dump(self) -> None:
        """Emits it if it is new and complete; else it is a missing sample, and asked for again."""
        path = keepalived.dump_path(self._init)
        try:
            written = path.stat().st_mtime_ns
            raw = path.read_bytes()
            events = list(keepalived.dumps(raw, self._node, now()))
        except (FileNotFoundError, ProcessLookupError, msgspec.DecodeError):
            return
        if written != self._written_ns:
            self._written_ns, self._asked_ns = written, 0
            for event in events:
                self._emit(event)
