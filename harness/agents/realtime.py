"""Real-time scheduling, where the machine allows it, guarded: a spinning SCHED_FIFO process can freeze a machine.

Guards: RLIMIT_RTTIME ends a process that runs for 0.2 s without sleeping; the priority is raised only while an exact
deadline is pending; the hand, which raises it, is not the process that observes.
"""

import ctypes
import gc
import os
import resource
import sys
from pathlib import Path
from typing import Final, Protocol

PRIORITY: Final = 50
RTTIME_US: Final = 200_000
_ROOT_CPU: Final = Path("/run/agent/cpu-root")


class Priority(Protocol):
    notes: tuple[str, ...]

    def elevate(self) -> None: ...

    def lower(self) -> None: ...


class OrdinaryPriority:
    """No real-time scheduling: for agents that set no exact deadline, and for tests."""

    notes: tuple[str, ...] = ()

    def elevate(self) -> None:
        return

    def lower(self) -> None:
        return


class FifoPriority:
    """SCHED_FIFO and no garbage collection while raised, else SCHED_OTHER."""

    notes: tuple[str, ...] = ()

    def __init__(self, level: int) -> None:
        self._level = level
        self._raised = False

    def elevate(self) -> None:
        if not self._raised:
            self._raised = True
            gc.disable()
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(self._level))

    def lower(self) -> None:
        if self._raised:
            self._raised = False
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
            gc.enable()


class NicePriority(OrdinaryPriority):
    """SCHED_FIFO was refused: uses the best remaining priority all the time, and a note says so."""

    def __init__(self, refusal: str) -> None:
        try:
            os.setpriority(os.PRIO_PROCESS, 0, -20)
            instead = "nice -20"
        except PermissionError:
            instead = "ordinary priority (no CAP_SYS_NICE either)"
        self.notes = (f"real-time scheduling: {refusal}; deadlines run at {instead} and may be 30 ms late under load",)


def best(level: int = PRIORITY) -> Priority:
    """The best priority that this process may have; `notes` says what the machine lacks."""
    resource.setrlimit(resource.RLIMIT_RTTIME, (RTTIME_US, RTTIME_US))
    refusal = _refusal()
    if refusal and _leave_cpu_cgroup():
        refusal = _refusal()
    return NicePriority(refusal) if refusal else FifoPriority(level)


def _refusal() -> str:
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    except PermissionError as error:
        return f"SCHED_FIFO refused ({error.strerror})"
    return ""


def _leave_cpu_cgroup() -> bool:
    """cgroup v1 with RT_GROUP_SCHED gives a container's group no real-time budget: move to the root of `cpu`.

    Done in this container's own mount namespace with CAP_SYS_ADMIN, which the network agent has anyway; the mount is
    removed at once. False where that is not possible (cgroup v2, AppArmor, a private cgroup namespace).
    """
    controllers = _cpu_hierarchy()
    if not controllers:
        return False
    _ROOT_CPU.mkdir(parents=True, exist_ok=True)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"cgroup", bytes(_ROOT_CPU), b"cgroup", 0, controllers.encode()):
        print(f"cgroup v1 {controllers}: {os.strerror(ctypes.get_errno())}", file=sys.stderr)
        return False
    try:
        (_ROOT_CPU / "tasks").write_text(str(os.getpid()))
    except OSError as error:
        print(f"cgroup v1 {controllers}: {error.strerror}", file=sys.stderr)
        return False
    finally:
        libc.umount2(bytes(_ROOT_CPU), 0)
    return True


def _cpu_hierarchy() -> str:
    """The controllers that are mounted together with `cpu` ("" on cgroup v2): /proc/self/cgroup, NUMBER:LIST:PATH."""
    lists = (line.split(":")[1] for line in Path("/proc/self/cgroup").read_text().splitlines())
    return next((controllers for controllers in lists if "cpu" in controllers.split(",")), "")
