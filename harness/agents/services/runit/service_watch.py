"""Follows one service: notices the end of its process at once (pidfd), all else at the next `check`."""

import os
from collections.abc import Callable

from harness.agents.loop import Loop, now
from harness.agents.services import processes
from harness.agents.services.runit.supervised import Service
from harness.model.events import AnyEvent, ServiceChanged


class ServiceWatch:
    """`pid`: the supervised process as the host numbers it, 0 if there is none; `since_ns`: when it was first seen."""

    def __init__(self, loop: Loop, service: Service, emit: Callable[[AnyEvent], None]) -> None:
        self.service = service
        self.pid = 0
        self.since_ns = 0
        self._inner_pid = 0
        self._state = ""
        self._loop = loop
        self._emit = emit
        self._pidfd: int | None = None

    def latest(self, t: int) -> ServiceChanged:
        return ServiceChanged(t, self.service.node, self.service.name, self._state or "down", self.pid)

    @property
    def down(self) -> bool:
        """Its process was seen to end, or runsv says that it does not run."""
        return self._state == "down"

    @property
    def stopped(self) -> bool:
        return self._state == "stopped"

    def check(self) -> None:
        """Emits `ServiceChanged` if state or process differ from the last event."""
        status = self.service.status()
        inner = status.pid if status and status.running else 0
        if inner != self._inner_pid:
            self._follow(inner)
        if self.pid or not inner:
            self._say(_state(self.pid))

    def close(self) -> None:
        if self._pidfd is not None:
            self._loop.forget(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = None

    def _follow(self, inner: int) -> None:
        self.close()
        self._inner_pid, self.pid = inner, self.service.pid() if inner else 0
        self.since_ns = now()
        self._pidfd = _opened(self.pid)
        if (
            self._pidfd is None
        ):  # it ended, or the kernel's list of children lacked it, as it may while another child ends
            self._inner_pid = self.pid = 0
            return
        self._state = ""  # another process: emit an event even if the state is the same
        self._loop.watch(self._pidfd, lambda _: self._ended())

    def _ended(self) -> None:
        """Keeps `_inner_pid`: a status that runsv has not yet rewritten must not count as a new process."""
        self.close()
        self.pid = 0
        self._say("down")

    def _say(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self._emit(self.latest(now()))


def _opened(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid) if pid else None
    except ProcessLookupError:
        return None


def _state(pid: int) -> str:
    letter = processes.state(pid) if pid else None
    if letter in (None, "Z", "X"):
        return "down"
    return "stopped" if letter == "T" else "up"
