"""Who is present: every customer whose request is due and has not ended. The balancer's sessions are only some of them.

Those in the kernel's queue and those whose SYN is not answered wait as well. A request leaves its record when it ends,
so of who waits still there is none: numbers tell, which each stream gives its arrivals in order.
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
"""Over which the rate of arrivals is taken: by it those are counted whose numbers no record shows yet."""


def present(history: History, t: int) -> int:
    """How many customers there are at `t`."""
    return sum(_begun(requests, t) - _ended(requests, t) for requests in _streams(history))


def arrived_hz(history: History, window: Interval) -> float:
    """How many have come in each second."""
    arrived = sum(_begun(requests, window.end) - _begun(requests, window.begin) for requests in _streams(history))
    return arrived / seconds(window.length)


def _streams(history: History) -> list[NDArray[Any]]:
    """One vantage point's requests on one stream each, in order of `due`; those that have any."""
    every = [history.arrivals(vantage, stream) for vantage in history.topology.vantages for stream in OPEN_LOOP]
    return [requests for requests in every if len(requests)]


def _ended(requests: NDArray[Any], t: int) -> int:
    return int((requests["done"] <= t).sum())


def _begun(requests: NDArray[Any], t: int) -> int:
    """How many have begun by `t`, of those that had not ended when recording began."""
    since = int(np.searchsorted(requests["due"], requests["done"].min()))
    older = int((requests["due"][:since] <= t).sum())  # of these some have ended unrecorded: their numbers tell nothing
    return older + _numbered(requests[since:], t)


def _numbered(requests: NDArray[Any], t: int) -> int:
    """By the numbers, since the first that has a record."""
    due = int(np.searchsorted(requests["due"], t, side="right"))
    if not due:
        return 0
    numbers = requests["sequence"].astype(np.int64)
    newest = int(numbers[:due].argmax())
    known = int(numbers[newest])
    since = int(np.searchsorted(requests["due"], requests["due"][newest] - RATE_NS))
    span = int(requests["due"][newest] - requests["due"][since])
    unknown = int((t - requests["due"][newest]) * (known - numbers[since]) / span) if span else 0
    following = int(numbers[due:].min()) if due < len(requests) else known + unknown + 1
    return min(known + unknown, max(known, following - 1)) - int(numbers.min()) + 1
