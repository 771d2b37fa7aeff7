"""For how long the tasks of a service waited for a CPU: they were runnable, and other tasks ran.

Source: the kernel's Documentation/scheduler/sched-stats.rst: /proc/PID/schedstat has the time on a CPU, the time on a
run queue, and the number of time slices. A wait counts once it has ended. A kernel without CONFIG_SCHED_INFO has no
such file.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from harness.model.events import ServiceWaited
from harness.model.units import ms, s

TOLD_FROM_NS: Final = 100 * ms
"""In a sample; shorter waits explain nothing."""
APART_AT_MOST_NS: Final = 3 * s  # a longer time without a sample: there was no subscriber
_GONE: Final = (FileNotFoundError, ProcessLookupError, NotADirectoryError)


class Waits(NamedTuple):
    """Of one task so far. Each of its `slices` of CPU time was waited for, though some of them for no time."""

    waited_ns: int
    slices: int


class Waiting:
    """Samples of one service. The first one tells nothing, and a task counts from its second sample on."""

    def __init__(self, node: str, service: str, proc: Path = Path("/proc")) -> None:
        self._node = node
        self._service = service
        self._proc = proc
        self._before: dict[str, Waits] = {}
        self._read_ns = 0

    def sample(self, pids: Iterable[int], t: int) -> ServiceWaited | None:
        """The longest wait of one task of these processes since the last sample; None below `TOLD_FROM_NS`."""
        before, since = self._before, self._read_ns
        self._before, self._read_ns = dict(self._tasks(pids)), t
        known = [(before[task], waits) for task, waits in self._before.items() if task in before]
        most = max((Waits(b.waited_ns - a.waited_ns, b.slices - a.slices) for a, b in known), default=Waits(0, 0))
        if most.waited_ns < TOLD_FROM_NS or t - since > APART_AT_MOST_NS:
            return None
        return ServiceWaited(t, self._node, self._service, t - since, *most)

    def _tasks(self, pids: Iterable[int]) -> Iterable[tuple[str, Waits]]:
        for pid in pids:
            for task in self._folders(pid):
                try:
                    _, waited, slices = (task / "schedstat").read_text().split()
                    yield task.name, Waits(int(waited), int(slices))
                except _GONE:  # the task has ended, or this kernel does not count
                    continue

    def _folders(self, pid: int) -> list[Path]:
        try:
            return list((self._proc / str(pid) / "task").iterdir())
        except _GONE:
            return []
