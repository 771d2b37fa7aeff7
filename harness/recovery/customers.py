"""Which customers are present: all whose request is due and has not ended. The balancer's sessions are a part of them.

Customers in the kernel's accept queue, and those whose SYN is not answered, are present too. A request is recorded when
it ends: pending requests have no record yet. They are counted by the sequence numbers of each stream's arrivals.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harness.history import History
from harness.history.timeline import Interval
from harness.model.requests import Stream
from harness.model.units import s, seconds

OPEN_LOOP: Final = (Stream.probe, Stream.background)
RATE_NS: Final = 5 * s
"""The time over which the rate of arrivals is taken. It estimates arrivals after the newest number on record."""


def present(history: History, t: int) -> int:
    """How many customers there are at `t`."""
    return sum(_begun(requests, t) - _ended(requests, t) for requests in _streams(history))


def arrived_hz(history: History, window: Interval) -> float:
    """Arrivals per second."""
    arrived = sum(_begun(requests, window.end) - _begun(requests, window.begin) for requests in _streams(history))
    return arrived / seconds(window.length)


def _streams(history: History) -> list[NDArray[Any]]:
    """The requests of each vantage point on each stream, in order of `due`, without those that have none."""
    every = [history.arrivals(vantage, stream) for vantage in history.topology.vantages for stream in OPEN_LOOP]
    return [requests for requests in every if len(requests)]


def _ended(requests: NDArray[Any], t: int) -> int:
    return int((requests["done"] <= t).sum())


def _begun(requests: NDArray[Any], t: int) -> int:
    """How many have begun by `t`, of those that had not ended when recording began."""
    since = int(np.searchsorted(requests["due"], requests["done"].min()))
    older = int(
        (requests["due"][:since] <= t).sum()
    )  # some of these ended before recording began: their numbers cannot be used
    return older + _numbered(requests[since:], t)


def _numbered(requests: NDArray[Any], t: int) -> int:
    """How many have begun by `t`, counted by sequence number from the first that has a record."""
    due = int(np.searchsorted(requests["due"], t, side="right"))
    if not due:
        return 0
    numbers = requests["sequence"].astype(np.int64)
    newest = int(numbers[:due].argmax())
    known = int(numbers[newest])
    since = int(np.searchsorted(requests["due"], requests["due"][newest] - RATE_NS))
    span = int(requests["due"][newest] - requests["due"][since])
    unknown = int((t - requests["due"][newest]) * (known - numbers[since]) / span) if span else 0
    reached = known + unknown
    if due < len(requests):
        reached = min(reached, max(known, int(numbers[due:].min()) - 1))
    return reached - int(numbers.min()) + 1
