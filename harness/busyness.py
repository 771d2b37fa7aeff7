"""How busy this machine was while tests ran, by its kernel's counters: a busy machine may have caused a failure.

If the engine runs on another machine, or in a virtual machine of its own, nothing is known of that machine.
"""

import os
from typing import NamedTuple, Self

from harness.model.kernel_counts import CpuTime, Reading, read

STOLEN, WAITED, LOADED = 0.05, 0.6, 1.5
"""Above any of these a machine is busy: the share of its CPU time that a hypervisor gave to others; the share of the
time in which at least one task waited for a CPU; runnable tasks per CPU, if the kernel does not count waiting. On two
cores tasks wait for 0.1 to 0.3 of the time with an idle lab, and for more than 0.9 with one busy loop per core.
"""


class Busyness(NamedTuple):
    """Shares between two readings (see `STOLEN`). None: unknown."""

    stolen: float | None
    waited: float | None
    loaded: float | None

    @classmethod
    def since(cls, then: Reading, now: Reading | None = None) -> Self:
        now = now or read()
        period = now.t - then.t
        waited = _share(then.waited_ns, now.waited_ns, period)
        return cls(_stolen(then.cpu, now.cpu, period), waited, _load() if waited is None else None)

    @property
    def busy(self) -> bool:
        bounds = ((self.stolen, STOLEN), (self.waited, WAITED), (self.loaded, LOADED))
        return any(share is not None and share > bound for share, bound in bounds)

    def __str__(self) -> str:
        parts = [
            f"{self.stolen:.0%} of the CPU time went to other machines" if self.stolen is not None else "",
            f"tasks waited for a CPU {self.waited:.0%} of the time" if self.waited is not None else "",
            f"the load average was {self.loaded:.1f} per CPU" if self.loaded is not None else "",
        ]
        return ", ".join(part for part in parts if part) or "the kernel does not count how busy the machine was"


def _stolen(then: CpuTime | None, now: CpuTime | None, period_ns: int) -> float | None:
    return _share(then.stolen_ns, now.stolen_ns, now.cpus * period_ns) if then and now else None


def _share(then: int | None, now: int | None, whole_ns: int) -> float | None:
    return None if then is None or now is None or whole_ns <= 0 else (now - then) / whole_ns


def _load() -> float | None:
    """Runnable tasks per CPU, over a minute."""
    try:
        return os.getloadavg()[0] / (os.cpu_count() or 1)
    except OSError:
        return None
