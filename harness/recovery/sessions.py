"""How the sessions of a frontend reach its limit: its samples, and when it was full. Pure."""

import math
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from harness.history import History
from harness.history.timeline import Interval
from harness.model.events import HaproxySample
from harness.model.virtual_router import VirtualRouter

FRONTEND: Final = "/FRONTEND"
BACKEND: Final = "/BACKEND"
ROOM: Final = 0.8  # of its limit: with fewer sessions a frontend has room


class Fill(NamedTuple):
    """The frontend of a router that filled first, or was full, or came nearest to its limit. `full`: when, in ns."""

    samples: list[HaproxySample]
    full: int | None
    became_full: int | None  # having had room

    @property
    def node(self) -> str:
        return self.peak.node

    @property
    def proxy(self) -> str:
        return self.peak.proxy

    @property
    def peak(self) -> HaproxySample:
        return max(self.samples, key=lambda sample: sample.sessions)

    @property
    def rank(self) -> tuple[float, float, float]:
        """The least first: a frontend that fills later, after the VIP moved, is a consequence.

        A frontend that is full all the time may hold old sessions that no client needs, on the former owner.
        """
        became, full = (math.inf if t is None else t for t in (self.became_full, self.full))
        return became, full, -self.peak.sessions / self.peak.session_limit


def fill(history: History, router: VirtualRouter, window: Interval) -> Fill | None:
    """None without samples of a frontend with a limit."""
    found = frontends(history, router, window).values()
    return min(map(_filled, found), key=lambda each: each.rank, default=None)


def _filled(samples: list[HaproxySample]) -> Fill:
    return Fill(samples, next((x.t for x in samples if is_full(x)), None), next(fills(samples), None))


def fills(samples: Iterable[HaproxySample]) -> Iterator[int]:
    """Each instant at which a frontend became full after it had room."""
    room = False
    for sample in samples:
        if room and is_full(sample):
            yield sample.t
        room = not is_full(sample) and (room or sample.sessions < ROOM * sample.session_limit)


def is_full(sample: HaproxySample) -> bool:
    return sample.sessions >= sample.session_limit


def frontends(history: History, router: VirtualRouter, window: Interval) -> dict[tuple[str, str], list[HaproxySample]]:
    """(node, frontend) → its samples, of those that have a limit."""
    found: dict[tuple[str, str], list[HaproxySample]] = {}
    for sample in history.of(HaproxySample, window):
        if sample.node in router.nodes and sample.proxy.endswith(FRONTEND) and sample.session_limit:
            found.setdefault((sample.node, sample.proxy), []).append(sample)
    return found
