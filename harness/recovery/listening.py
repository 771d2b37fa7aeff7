"""When clients waited in the kernel's queues of a router's balancers: connected, and not accepted. Pure."""

from collections.abc import Iterator
from operator import attrgetter
from typing import Final, NamedTuple

from harness.history import History
from harness.history.timeline import Interval
from harness.model.events import HaproxySample, ListenSample
from harness.model.units import ms, s
from harness.model.virtual_router import VirtualRouter
from harness.recovery.sessions import FRONTEND

HOLE_NS: Final = 500 * ms  # without a sample: the queue in between is unknown


class Wait(NamedTuple):
    """A series of samples in which the queue of one port was never empty.

    `most`: clients at one time; `accepted_hz`: how many HAProxy accepted per second meanwhile; `turned_away`: how many
    attempts to connect found the queue full.
    """

    node: str
    port: int
    interval: Interval
    most: int
    accepted_hz: float
    turned_away: int

    @property
    def longest_ns(self) -> int:
        """How long the last of `most` clients waits at this rate; no longer than the queue was seen."""
        seen = self.interval.length
        return min(seen, round(self.most / self.accepted_hz * s)) if self.accepted_hz else seen


def waits(history: History, router: VirtualRouter, window: Interval) -> list[Wait]:
    """The waits at every port of the router's nodes, in order of time. Clients that HAProxy is accepting count too."""
    ports: dict[tuple[str, int], list[ListenSample]] = {}
    for sample in history.of(ListenSample, window):
        if sample.node in router.nodes:
            ports.setdefault((sample.node, sample.port), []).append(sample)
    found = [_wait(history, run) for samples in ports.values() for run in _runs(samples)]
    return sorted(found, key=attrgetter("interval"))


def _runs(samples: list[ListenSample]) -> Iterator[list[ListenSample]]:
    """Each series of samples with clients in the queue; a hole ends a series. `samples`: of one port."""
    run: list[ListenSample] = []
    for sample in samples:
        if run and (not sample.waiting or sample.t - run[-1].t > HOLE_NS):
            yield run
            run = []
        if sample.waiting:
            run.append(sample)
    if run:
        yield run


def _wait(history: History, run: list[ListenSample]) -> Wait:
    first, last = run[0], run[-1]
    interval, most = Interval(first.t, last.t), max(sample.waiting for sample in run)
    accepted_hz = _accepted_hz(history, first.node, interval)
    return Wait(first.node, first.port, interval, most, accepted_hz, last.overflows - first.overflows)


def _accepted_hz(history: History, node: str, window: Interval) -> float:
    """Sessions per second that all frontends of the node accepted, on average over its samples; 0 without samples."""
    told = [x for x in history.of(HaproxySample, window) if x.node == node and x.proxy.endswith(FRONTEND)]
    return sum(sample.rate for sample in told) / max(1, len({sample.t for sample in told}))
