"""What the kernel counts of the whole machine: CPU time used, CPU time that other machines took, waiting for a CPU.

Neither /proc/stat nor /proc/pressure is namespaced: an agent reads there what a process outside of containers reads.
Sources: proc_pid_stat(5) and proc_stat(5); the kernel's Documentation/accounting/psi.rst.
"""

import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from harness.agents.loop import Loop, now
from harness.model.events import MachineSampled
from harness.model.units import ms, s, us

TOLD_NS: Final = 250 * ms
TICK_NS: Final = s // os.sysconf("SC_CLK_TCK")
"""The unit of /proc/stat, 10 ms."""
_TOGETHER: Final = re.compile(r"^cpu((?: +[0-9]{1,18}){4,}) *$", re.MULTILINE)
_CPU: Final = re.compile(r"^cpu[0-9]+ ", re.MULTILINE)
_SOME: Final = re.compile(r"^some .*\btotal=([0-9]{1,18})$", re.MULTILINE)


class CpuTime(NamedTuple):
    """Since the machine's start, in ns of all CPUs together. `stolen_ns` None: this kernel does not count it.

    `cpus`: those that are online.
    """

    cpus: int
    busy_ns: int
    stolen_ns: int | None


def cpu_time(stat: str) -> CpuTime | None:
    """Of the text of /proc/stat; None if it has another shape. Time of guests is in `busy_ns`: they are users' time."""
    together, cpus = _TOGETHER.search(stat), len(_CPU.findall(stat))
    if together is None or not cpus:
        return None
    # user, nice, system, idle; since Linux 2.6.0 iowait, irq, softirq; since 2.6.11 steal; later guest, guest_nice
    ticks = [int(field) for field in together[1].split()]
    busy = sum(ticks[:3]) + sum(ticks[5:7])
    return CpuTime(cpus, busy * TICK_NS, ticks[7] * TICK_NS if len(ticks) > 7 else None)


def waited_ns(pressure: str) -> int | None:
    """Of the text of /proc/pressure/cpu: for how long at least one task waited for a CPU. None if it does not say."""
    some = _SOME.search(pressure)
    return int(some[1]) * us if some else None


class Reading(NamedTuple):
    t: int
    cpu: CpuTime | None
    waited_ns: int | None


def read(proc: Path) -> Reading:
    """Now. Takes 0.3 ms on two CPUs."""
    return Reading(now(), cpu_time(_text(proc / "stat")), waited_ns(_text(proc / "pressure" / "cpu")))


def _text(file: Path) -> str:
    """Empty where the kernel has no such file, or does not let it be read: without PSI, or booted with ``psi=0``."""
    try:
        return file.read_bytes().decode("ascii", "replace")
    except OSError:
        return ""


def sampled(before: Reading, after: Reading) -> MachineSampled | None:
    """What was counted between the two; None if the CPU time is not known of both, or ran backwards."""
    if before.cpu is None or after.cpu is None:
        return None
    period = after.t - before.t
    whole = after.cpu.cpus * period
    busy = _grown(before.cpu.busy_ns, after.cpu.busy_ns, whole)
    if busy is None:
        return None
    stolen = _grown(before.cpu.stolen_ns, after.cpu.stolen_ns, whole)
    return MachineSampled(
        after.t, period, after.cpu.cpus, busy, stolen, _grown(before.waited_ns, after.waited_ns, period)
    )


def _grown(before: int | None, after: int | None, most: int) -> int | None:
    """By at most `most`: ticks are coarse, and stolen time may be counted late. None: unknown, or it ran backwards."""
    if before is None or after is None or after < before:
        return None
    return min(after - before, most)


class MachineSampler:
    """`observed()`: is anybody subscribed? Samples are only taken then."""

    def __init__(
        self,
        loop: Loop,
        emit: Callable[[MachineSampled], None],
        observed: Callable[[], bool],
        proc: Path = Path("/proc"),
    ) -> None:
        self._loop = loop
        self._emit = emit
        self._observed = observed
        self._proc = proc
        self._sampling = False

    def begin(self) -> None:
        """Somebody has subscribed."""
        if not self._sampling:
            self._sampling = True
            self._again(read(self._proc))

    def _again(self, last: Reading) -> None:
        self._loop.at(last.t + TOLD_NS, partial(self._tick, last))

    def _tick(self, before: Reading) -> None:
        self._sampling = self._observed()
        if self._sampling:
            after = read(self._proc)
            self._again(after)
            if event := sampled(before, after):
                self._emit(event)
