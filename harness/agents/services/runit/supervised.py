"""runit's services of a node, through its supervise folder: runsv(8) documents `control`, the source `status`.

`status`, 20 bytes: TAI64N of the last change (12), pid (4, little endian, as the node numbers it), paused, want
(``u`` or ``d``), TERM sent, state (0 down, 1 run, 2 finish).
"""

import errno
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from harness.agents.services.node_files import NodeFiles
from harness.agents.services.processes import arguments, children, namespace_pid
from harness.model.errors import AgentError, UnknownName

SERVICES: Final = "/etc/service"
_STATUS: Final = struct.Struct("<12xIBcBB")


class Status(NamedTuple):
    """`pid` in the node's numbering, 0 if no process runs."""

    pid: int
    wanted_up: bool
    running: bool


@dataclass(frozen=True)
class Service:
    """One service of a running node; `init` is the node's PID 1 as the host numbers it."""

    node: str
    init: int
    name: str

    def status(self) -> Status | None:
        """None if runsv does not supervise it yet, the node is gone, or the file is not runsv's."""
        try:
            raw = NodeFiles.of(self.init).read(f"{self._folder}/status")
        except OSError:
            return None
        return parse_status(raw) if len(raw) == _STATUS.size else None

    def control(self, letters: str) -> None:
        """E.g. ``d`` (down), ``u`` (up), ``tcu`` (restart). Raises `AgentError` if runsv does not supervise it."""
        try:
            fd = NodeFiles.of(self.init).open(f"{self._folder}/control", os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENXIO, errno.ESRCH):
                raise AgentError(f"{self.node}: nothing supervises {self.name}.") from error
            raise
        try:
            os.write(fd, letters.encode())
        finally:
            os.close(fd)

    def pid(self) -> int:
        """The supervised process as the host numbers it; 0 if there is none."""
        status = self.status()
        if not status or not status.pid:
            return 0
        return next((pid for pid in self._supervised() if namespace_pid(pid) == status.pid), 0)

    @property
    def _folder(self) -> str:
        return f"{SERVICES}/{self.name}/supervise"

    def _supervised(self) -> Iterator[int]:
        """Children of this service's runsv, the service and its log. PID 1 has one child, and that has each runsv."""
        for runsvdir in children(self.init):
            for supervisor in children(runsvdir):
                if arguments(supervisor)[:2] == ["runsv", self.name]:
                    yield from children(supervisor)


def parse_status(raw: bytes) -> Status:
    pid, _, want, _, state = _STATUS.unpack(raw)
    return Status(pid, want == b"u", state == 1)


def services(node: str, init: int) -> list[Service]:
    """All services of a node, sorted by name; none if it does not run."""
    try:
        names = NodeFiles.of(init).names(SERVICES)
    except (FileNotFoundError, NotADirectoryError, ProcessLookupError):
        return []
    return [Service(node, init, name) for name in names if not name.startswith(".")]


def service(node: str, init: int, name: str) -> Service:
    """Raises `UnknownName`."""
    found = {each.name: each for each in services(node, init)}
    if name not in found:
        raise UnknownName(f"service of {node}", name, found)
    return found[name]
