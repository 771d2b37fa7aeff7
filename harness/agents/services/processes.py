"""The processes of a node, as the host's PID namespace numbers them, and how to stop and resume them.

A node's processes are PID 1 and its descendants. Sessions of people (`docker exec`) descend from the engine and are
not stopped: an operator who logs in to a frozen node can still inspect it.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from harness.model.errors import AgentError
from harness.model.units import ms

STOP_PATIENCE_NS: Final = 500 * ms
LOOK_AGAIN_S: Final = 0.000_2
_GONE: Final = (FileNotFoundError, ProcessLookupError)


class Process(NamedTuple):
    """`born` (clock ticks since boot) distinguishes the process from a later one with the same pid."""

    pid: int
    born: int

    @property
    def exists(self) -> bool:
        return find(self.pid) == self


def find(pid: int) -> Process | None:
    """None if there is no such process."""
    fields = _stat(pid)
    return Process(pid, int(fields[19])) if fields else None


def tree(pid: int) -> Iterator[int]:
    """`pid` and all its descendants, parents first. Processes that end meanwhile are left out."""
    yield pid
    for child in children(pid):
        yield from tree(child)


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except _GONE:
        return []


def state(pid: int) -> str | None:
    """The kernel's letter (proc(5)): T = stopped, Z = zombie; None if it is gone."""
    fields = _stat(pid)
    return fields[0] if fields else None


def arguments(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").rstrip("\0").split("\0")
    except _GONE:
        return []


def environment(pid: int) -> dict[str, str]:
    """As at its start; empty if it is gone."""
    try:
        raw = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    except _GONE:
        return {}
    pairs = (item.partition("=") for item in raw.split("\0") if item)
    return {name: value for name, _, value in pairs}


def limit(pid: int, name: str) -> str:
    """``soft hard`` of a line of /proc/PID/limits, such as ``Max open files``; empty if it is gone."""
    try:
        text = Path(f"/proc/{pid}/limits").read_text()
    except _GONE:
        return ""
    return next(
        (" ".join(line.removeprefix(name).split()[:2]) for line in text.splitlines() if line.startswith(name)), ""
    )


def namespace_pid(pid: int) -> int:
    """Its pid in its own namespace; 0 if it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(errors="replace")
    except _GONE:
        return 0
    return next(int(line.split()[-1]) for line in status.splitlines() if line.startswith("NSpid:"))


def stop(roots: Iterable[Process]) -> None:
    """Stops these processes and their descendants, and returns once the kernel shows all of them as stopped.

    Parents first, and again until no new child appears. Raises `AgentError` if one has not stopped in time, or if there
    is none to stop.
    """
    roots = tuple(roots)
    deadline = time.monotonic_ns() + STOP_PATIENCE_NS
    signalled: set[int] = set()
    while pids := _running(roots):
        if time.monotonic_ns() > deadline:
            raise AgentError(f"processes {pids} did not stop within {STOP_PATIENCE_NS // ms} ms.")
        for pid in set(pids) - signalled:
            send(pid, signal.SIGSTOP)
        signalled.update(pids)
        time.sleep(LOOK_AGAIN_S)
    if not signalled:
        raise AgentError("there is no running process to stop.")


def resume(roots: Iterable[Process]) -> None:
    """SIGCONT; a process that is gone or runs already is no error."""
    for pid in _members(roots):
        send(pid, signal.SIGCONT)


def kill(roots: Iterable[Process]) -> None:
    """SIGKILL to these processes and their descendants; none of them can act on the end of another one.

    All are stopped first, so that no parent starts another child, and no child says goodbye for its parent. Raises
    `AgentError` if one does not stop in time, or if there is none to kill.
    """
    roots = tuple(roots)
    try:
        if _running(roots):
            stop(roots)
    except AgentError:
        resume(roots)
        raise
    pids = [*_members(roots)]
    if not pids:
        raise AgentError("there is no process to kill.")
    for pid in reversed(pids):
        send(pid, signal.SIGKILL)


def _members(roots: Iterable[Process]) -> Iterator[int]:
    return (pid for root in roots if root.exists for pid in tree(root.pid))


def _running(roots: Iterable[Process]) -> list[int]:
    return [pid for pid in _members(roots) if state(pid) not in ("T", "t", "Z", "X", None)]


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat (proc(5)) from the state on, behind the name in brackets; empty if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except _GONE:
        return []


def send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # the process has ended
        os.kill(pid, number)
