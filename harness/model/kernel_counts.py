"""What the kernel counts of the whole machine: CPU time used, CPU time that other machines took, waiting for a CPU.

Neither /proc/stat nor /proc/pressure is namespaced: an agent reads there what a process outside of containers reads.
Sources: proc_stat(5); the kernel's Documentation/accounting/psi.rst.
"""

import os
import re
import time
from pathlib import Path
from typing import Final, NamedTuple

from harness.model.units import s, us

TICK_NS: Final = s // os.sysconf("SC_CLK_TCK")
"""The unit of /proc/stat, 10 ms."""
_ALL_CPUS: Final = re.compile(r"^cpu((?: +[0-9]{1,18}){4,}) *$", re.MULTILINE)
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
    all_cpus, cpus = _ALL_CPUS.search(stat), len(_CPU.findall(stat))
    if all_cpus is None or not cpus:
        return None
    # user, nice, system, idle; since Linux 2.6.0 iowait, irq, softirq; since 2.6.11 steal; later guest, guest_nice
    ticks = [int(field) for field in all_cpus[1].split()]
    busy = sum(ticks[:3]) + sum(ticks[5:7])
    return CpuTime(cpus, busy * TICK_NS, ticks[7] * TICK_NS if len(ticks) > 7 else None)


def waited_ns(pressure: str) -> int | None:
    """Of the text of /proc/pressure/cpu: for how long at least one task waited for a CPU. None if it does not say."""
    some = _SOME.search(pressure)
    return int(some[1]) * us if some else None


class Reading(NamedTuple):
    t: int  # CLOCK_MONOTONIC
    cpu: CpuTime | None
    waited_ns: int | None


def read(proc: Path = Path("/proc")) -> Reading:
    """Now. Takes 0.3 ms on two CPUs."""
    return Reading(time.monotonic_ns(), cpu_time(_text(proc / "stat")), waited_ns(_text(proc / "pressure" / "cpu")))


def _text(file: Path) -> str:
    """Empty where the kernel has no such file, or does not let it be read: without PSI, or booted with ``psi=0``."""
    try:
        return file.read_bytes().decode("ascii", "replace")
    except OSError:
        return ""
