"""The machine's load over some time, from samples of the service agent."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from harness.model.events import MachineSampled
from harness.model.machine_load import MachineLoad, Share
from harness.model.units import s

SECOND: Final = 1 * s


def load_of(samples: Sequence[MachineSampled]) -> MachineLoad | None:
    """None without samples: older agents took none."""
    busy = _share(samples, lambda each: each.busy_ns, _cpu_time)
    if busy is None:
        return None
    stolen = _share(samples, lambda each: each.stolen_ns, _cpu_time)
    return MachineLoad(busy, stolen, _share(samples, lambda each: each.waited_ns, lambda each: each.period_ns))


def _cpu_time(sample: MachineSampled) -> int:
    return sample.cpus * sample.period_ns


def _share(
    samples: Sequence[MachineSampled],
    part: Callable[[MachineSampled], int | None],
    whole: Callable[[MachineSampled], int],
) -> Share | None:
    """The share of `part` in `whole`, of the samples that have the part; None if none has it."""
    known = [(value, whole(each), each.period_ns) for each in samples if (value := part(each)) is not None]
    if not known:
        return None
    parts, wholes, times = np.cumsum([np.zeros_like(known[0]), *known], axis=0).T
    begins = np.maximum(np.searchsorted(times, times[1:] - SECOND, side="right") - 1, 0)  # each of at least a second
    lengths = times[1:] - times[begins]
    shares = (parts[1:] - parts[begins]) / (wholes[1:] - wholes[begins]) * np.minimum(lengths / SECOND, 1)
    return Share(float(parts[-1] / wholes[-1]), float(shares.max()))
