"""When customers waited in the kernel's queues before a router's balancers: connected, and not accepted. Pure."""

from collections.abc import Iterator
from operator import attrgetter
from typing import Final, NamedTuple

from harness.history import History
from harness.history.timeline import Interval
from harness.model.events import HaproxySample, ListenSample
from harness.model.units import ms, s
from harness.model.virtual_router import VirtualRouter
from harness.recovery.sessions import FRONTEND

HOLE_NS: Final = 500 * ms  # without a sample: nobody knows what was between


class Wait(NamedTuple):
    """From the first to the last of some samples in a row that all showed somebody.

    `most` at once; `accepted_hz`: how many HAProxy let in each second meanwhile; `turned_away`: how many attempts to
    connect found the queue full.
    """

    node: str
    port: int
    interval: Interval
    most: int
    accepted_hz: float
    turned_away: int

    @property
    def longest_ns(self) -> int:
        """How long the last of `most` waits, if HAProxy goes on like that; no longer than was seen."""
        seen = self.interval.length
        return min(seen, round(self.most / self.accepted_hz * s)) if self.accepted_hz else seen


def waits(history: History, router: VirtualRouter, window: Interval) -> list[Wait]:
    """Of every port of the router's nodes, in order of time. A queue that is being emptied shows somebody, too."""
    ports: dict[tuple[str, int], list[ListenSample]] = {}
    for sample in history.of(ListenSample, window):
        if sample.node in router.nodes:
            ports.setdefault((sample.node, sample.port), []).append(sample)
    found = [_wait(history, run) for samples in ports.values() for run in _runs(samples)]
    return sorted(found, key=attrgetter("interval"))


def _runs(samples: list[ListenSample]) -> Iterator[list[ListenSample]]:
    """Those in a row that show somebody; a hole between them ends the row. `samples`: of one port."""
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
    """By all frontends of the node, on average over HAProxy's own samples; 0 if it gave none."""
    told = [x for x in history.of(HaproxySample, window) if x.node == node and x.proxy.endswith(FRONTEND)]
    return sum(sample.rate for sample in told) / max(1, len({sample.t for sample in told}))
