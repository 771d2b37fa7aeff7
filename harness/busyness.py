"""How busy the machine was that tests run on, by what its kernel counts. For whoever asks whose failure a failure is.

Of this machine: where the engine is another's, or has a virtual machine of its own, nothing is known of that one.
"""

import os
import time
from pathlib import Path
from typing import Final, NamedTuple, Self

STOLEN, WAITED, LOADED = 0.05, 0.6, 1.5
"""From these shares on a machine is busy: of its CPU time that a hypervisor gave to others; of the time in which at
least one task waited for a CPU; of its CPUs that tasks run on or wait for, where the kernel has no such figures. An
idle lab on two cores makes tasks wait for a tenth to a third of the time; one busy loop per core, for more than 0.9.
"""

STAT, PRESSURE = Path("/proc/stat"), Path("/proc/pressure/cpu")
_STEAL: Final = 7  # proc_stat(5): user nice system idle iowait irq softirq steal; what follows is part of user
_US: Final = 1e-6


class Counters(NamedTuple):
    """Since the machine started. None: this kernel does not count it. `ticks` and `stolen` are of all CPUs together."""

    at_s: float
    ticks: int | None
    stolen: int | None
    waited_s: float | None

    @classmethod
    def now(cls) -> Self:
        """One reading takes less than a millisecond. A file that is missing, or of another form, counts as absent."""
        ticks = _ticks(_text(STAT))
        return cls(
            time.monotonic(),
            sum(ticks) if ticks else None,
            ticks[_STEAL] if len(ticks) > _STEAL else None,
            _waited_s(_text(PRESSURE)),
        )


class Busyness(NamedTuple):
    """Shares between two readings (see `STOLEN`). None: unknown."""

    stolen: float | None
    waited: float | None
    loaded: float | None

    @classmethod
    def since(cls, then: Counters, now: Counters | None = None) -> Self:
        now = now or Counters.now()
        waited = _share(then.waited_s, now.waited_s, now.at_s - then.at_s)
        stolen = _share(then.stolen, now.stolen, (now.ticks or 0) - (then.ticks or 0))
        return cls(stolen, waited, _load() if waited is None else None)

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
        return ", ".join(part for part in parts if part) or "the kernel does not tell how busy the machine was"


def _share(then: float | None, now: float | None, whole: float) -> float | None:
    return None if then is None or now is None or whole <= 0 else (now - then) / whole


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # no such file, or CONFIG_PSI without pressure tracking: EOPNOTSUPP
        return ""


def _ticks(stat: str) -> list[int]:
    """The figures of the line ``cpu``, all CPUs together; empty if there is no such line."""
    words = stat.partition("\n")[0].split()
    return [int(word) for word in words[1:9] if word.isdecimal()] if words[:1] == ["cpu"] else []


def _waited_s(pressure: str) -> float | None:
    """The line ``some avg10=0.00 avg60=0.00 avg300=0.00 total=0``, total in µs (the kernel's accounting/psi.rst)."""
    for line in pressure.splitlines():
        words = line.split()
        totals = [word.removeprefix("total=") for word in words if word.startswith("total=")]
        if words[0:1] == ["some"] and totals and totals[0].isdecimal():
            return int(totals[0]) * _US
    return None


def _load() -> float | None:
    """Runnable tasks per CPU, over a minute."""
    try:
        return os.getloadavg()[0] / (os.cpu_count() or 1)
    except OSError:
        return None
