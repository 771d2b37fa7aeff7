"""Finds each node's PID 1 by its environment, and notices its end by a pidfd.

A node is a process with HARNESS_LAB and HARNESS_NODE in its environment that is PID 1 of its own PID namespace
(so neither a child nor a `docker exec`), in a network namespace that is neither the host's nor the agent's.
"""

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from harness.agents.loop import Loop, now
from harness.model.units import ms, s

YOUNG_NS: Final = 60 * s  # a container's init shows runc's environment for 1 s, on a crowded machine for over 10 s
FAST_NS: Final = 10 * ms
SLOW_NS: Final = 200 * ms
FAST_FOR_NS: Final = 30 * s  # after a change, while a node is missing
KEEP_AWAY_NS: Final = 100 * ms  # /proc/PID/environ and wiring may block (memory map, RTNL): not close to a deadline


class Discovery:
    """Scans /proc on the loop's timers; calls `found(node, pid)` and `died(node)` once for each start of a node."""

    def __init__(
        self, loop: Loop, lab: str, names: Iterable[str], found: Callable[[str, int], None], died: Callable[[str], None]
    ) -> None:
        self._loop = loop
        self._lab = lab
        self._names = frozenset(names)
        self._found = found
        self._died = died
        self._alive: dict[str, int] = {}  # node → pid
        self._pidfds: dict[str, int] = {}
        self._seen: dict[int, int] = {}  # pid → when first seen; 0: no candidate (any more)
        self._fast_until = now() + FAST_FOR_NS
        self._timer = loop.at(0, lambda: None)

    @property
    def pids(self) -> dict[str, int]:
        """Node → its PID 1 (as this process sees it)."""
        return dict(self._alive)

    def start(self) -> None:
        """Scans now, and periodically from then on."""
        self._tick()

    def scan(self) -> None:
        """Scans /proc once."""
        pids = {int(name) for name in os.listdir("/proc") if name.isdigit()}  # noqa: PTH208 (half the cost of iterdir)
        self._seen = {pid: t for pid, t in self._seen.items() if pid in pids}
        for pid in sorted(pids):
            if pid not in self._seen:
                self._seen[pid] = now() if _owns_pid_namespace(pid) else 0
            if self._seen[pid] and self._has_time() and self._look_at(pid) and self._loop.urgent:
                return  # one node, then a sleep: RLIMIT_RTTIME ends a real-time process that does not sleep

    def _tick(self) -> None:
        if self._has_time():
            self.scan()
        hurry = self._alive.keys() < self._names and now() < self._fast_until
        self._timer = self._loop.at(now() + (FAST_NS if hurry else SLOW_NS), self._tick)

    def _has_time(self) -> bool:
        return self._loop.leisure_ns() > KEEP_AWAY_NS

    def _look_at(self, pid: int) -> bool:
        node = self._node(pid)
        if node or now() - self._seen[pid] > YOUNG_NS:
            self._seen[pid] = 0
        if node:
            self._follow(node, pid)
        return node is not None

    def _node(self, pid: int) -> str | None:
        environment = _environment(pid)
        node = environment.get("HARNESS_NODE")
        if environment.get("HARNESS_LAB") != self._lab or node not in self._names or node in self._alive:
            return None
        return node

    def _follow(self, node: str, pid: int) -> None:
        try:
            pidfd = os.pidfd_open(pid)
        except ProcessLookupError:  # the process ended meanwhile
            return
        if _foreign_namespace(pid):
            self._alive[node] = pid
            self._pidfds[node] = pidfd
            self._fast_until = now() + FAST_FOR_NS
            self._loop.watch(pidfd, lambda _: self._dead(node))
            self._found(node, pid)
        else:
            os.close(pidfd)
            print(
                f"{node}: pid {pid} refused: it is in the network namespace of the host or of this agent.",
                file=sys.stderr,
            )

    def _dead(self, node: str) -> None:
        pidfd = self._pidfds.pop(node)
        self._loop.forget(pidfd)
        os.close(pidfd)
        del self._alive[node]
        self._fast_until = now() + FAST_FOR_NS
        self._died(node)
        self._timer.cancel()
        self._timer = self._loop.at(now() + FAST_NS, self._tick)


def _owns_pid_namespace(pid: int) -> bool:
    """Is it PID 1 of a namespace below the agent's? (NSpid: one number per level, the agent's first.)"""
    levels = _status(pid, "NSpid")
    return len(levels) > 1 and levels[-1] == "1"


def _status(pid: int, key: str) -> list[str]:
    """The words of one line of /proc/PID/status; none if the process is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(errors="replace")  # the process may choose any bytes as its name
    except (ProcessLookupError, FileNotFoundError):  # the process ended meanwhile
        return []
    return next((line.split()[1:] for line in status.splitlines() if line.startswith(f"{key}:")), [])


def _environment(pid: int) -> dict[str, str]:
    """Empty for a process that has ended, or that the agent may not read."""
    try:
        raw = Path(f"/proc/{pid}/environ").read_bytes()
    except (ProcessLookupError, FileNotFoundError, PermissionError):
        return {}
    pairs = (item.partition(b"=") for item in raw.split(b"\0"))
    return {key.decode(errors="replace"): value.decode(errors="replace") for key, _, value in pairs}


def _foreign_namespace(pid: int) -> bool:
    """Has it a network namespace of its own? The agent must never touch its own, that of the parent (the container
    runtime, on the host) or that of the machine's init. False also if the process has ended, or is not readable.
    """
    own = _network_namespace(str(pid))
    parent = "".join(_status(pid, "PPid"))
    hosts = {_network_namespace(other) for other in (parent, "1")} - {None}
    return own is not None and bool(hosts) and own not in hosts | {_network_namespace("self")}


def _network_namespace(pid: str) -> int | None:
    """Its inode; None if the process is gone or not readable (some machines protect their init)."""
    try:
        return Path(f"/proc/{pid}/ns/net").stat().st_ino
    except (ProcessLookupError, FileNotFoundError, PermissionError):
        return None
