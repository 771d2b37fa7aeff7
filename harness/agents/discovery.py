"""Which process is a node's PID 1: found by its environment, followed to its death by a pidfd.

A node is a process with HARNESS_LAB and HARNESS_NODE in its environment that is PID 1 of its own PID namespace
(so neither a child nor a `docker exec`), in a network namespace that is neither the host's nor ours.
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
FAST_FOR_NS: Final = 30 * s  # after a change, or while somebody is missing since then
KEEP_AWAY_NS: Final = 100 * ms  # /proc/PID/environ and wiring may block (memory map, RTNL): never close to a deadline


class Discovery:
    """Scans /proc on the loop's timers; `found(node, pid)` and `died(node)` are called once for each life of a node."""

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
        self._seen: dict[int, int] = {}  # pid → when first seen; 0 = no candidate (any more)
        self._fast_until = now() + FAST_FOR_NS
        self._timer = loop.at(0, lambda: None)

    @property
    def pids(self) -> dict[str, int]:
        """Node → its PID 1 (as this process sees it)."""
        return dict(self._alive)

    def start(self) -> None:
        """Looks at once, and from then on."""
        self._tick()

    def scan(self) -> None:
        """One look at /proc."""
        pids = {int(name) for name in os.listdir("/proc") if name.isdigit()}  # noqa: PTH208 (half the cost of iterdir)
        self._seen = {pid: t for pid, t in self._seen.items() if pid in pids}
        for pid in sorted(pids):
            if pid not in self._seen:
                self._seen[pid] = now() if _owns_pid_namespace(pid) else 0
            if self._seen[pid] and self._at_leisure() and self._look_at(pid) and self._loop.urgent:
                return  # one node, then a sleep: a real-time process is ended if it runs on and on

    def _tick(self) -> None:
        if self._at_leisure():
            self.scan()
        hurry = self._alive.keys() < self._names and now() < self._fast_until
        self._timer = self._loop.at(now() + (FAST_NS if hurry else SLOW_NS), self._tick)

    def _at_leisure(self) -> bool:
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
        except ProcessLookupError:  # it died while we looked
            return
        if _foreign_namespace(pid):
            self._alive[node] = pid
            self._pidfds[node] = pidfd
            self._fast_until = now() + FAST_FOR_NS
            self._loop.watch(pidfd, lambda _: self._dead(node))
            self._found(node, pid)
        else:
            os.close(pidfd)
            print(f"{node}: pid {pid} lives in the host's (or our own) network namespace: refused.", file=sys.stderr)

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
    """Is it PID 1 of a namespace below ours? (NSpid: one number per level, ours first.)"""
    levels = _status(pid, "NSpid")
    return len(levels) > 1 and levels[-1] == "1"


def _status(pid: int, key: str) -> list[str]:
    """The words of one line of /proc/PID/status; none if the process is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(errors="replace")  # with the name that the process chose
    except (ProcessLookupError, FileNotFoundError):  # it died while we looked
        return []
    return next((line.split()[1:] for line in status.splitlines() if line.startswith(f"{key}:")), [])


def _environment(pid: int) -> dict[str, str]:
    """Empty for a process that died, or that is not ours to read."""
    try:
        raw = Path(f"/proc/{pid}/environ").read_bytes()
    except (ProcessLookupError, FileNotFoundError, PermissionError):
        return {}
    pairs = (item.partition(b"=") for item in raw.split(b"\0"))
    return {key.decode(errors="replace"): value.decode(errors="replace") for key, _, value in pairs}


def _foreign_namespace(pid: int) -> bool:
    """Has it a network namespace of its own? Not ours, nor its parent's (the container runtime, on the host's side),
    nor that of the machine's init: those are never to be touched. False also if it died, or cannot be told.
    """
    theirs = _network_namespace(str(pid))
    parent = "".join(_status(pid, "PPid"))
    hosts = {_network_namespace(other) for other in (parent, "1")} - {None}
    return theirs is not None and bool(hosts) and theirs not in hosts | {_network_namespace("self")}


def _network_namespace(pid: str) -> int | None:
    """Its inode; None if the process is gone or may not be looked at (some machines protect their init)."""
    try:
        return Path(f"/proc/{pid}/ns/net").stat().st_ino
    except (ProcessLookupError, FileNotFoundError, PermissionError):
        return None
