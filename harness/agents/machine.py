"""Samples of what the kernel counts of the whole machine, for as long as a client is subscribed."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from harness.agents.loop import Loop
from harness.model.events import MachineSampled
from harness.model.kernel_counts import Reading, read
from harness.model.units import ms

TOLD_NS: Final = 250 * ms


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
    """`observed()`: is a client subscribed? Samples are only taken then."""

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
        """A client has subscribed."""
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
