"""A trial's requests by class: numpy alone, so that an hour of them is quick. Pure."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.export._trial import Trial
from harness.history import History
from harness.history.history import Requests
from harness.history.timeline import Interval
from harness.model.requests import Outcome, Stream
from harness.recovery.estimator import good

CLASSES: Final = ("good", "slow", "no answer", "cut off", "server error", "our own side")
"""``slow``: answered rightly, but later than an arrival may be to count as good."""

STREAMS: Final = {
    Stream.probe: "probes",
    Stream.background: "customers' load",
    Stream.connected: "one open connection",
    Stream.health: "health checks",
}

_NAMES: Final = {int(outcome): outcome.name for outcome in Outcome}
_CLASS_OF: Final = np.full(256, 3, np.uint8)  # a later outcome that is not known here: it was not answered
_CLASS_OF[[Outcome.connect_timeout, Outcome.unreachable, Outcome.read_timeout]] = 2
_CLASS_OF[Outcome.http_error] = 4
_CLASS_OF[[Outcome.local, Outcome.dropped]] = 5


class Strip(NamedTuple):
    """One vantage point's requests on one stream that were due in a trial's window. `classes`: index in `CLASSES`."""

    vantage: str
    stream: Stream
    requests: Requests
    classes: NDArray[np.uint8]

    @property
    def bad(self) -> NDArray[np.bool_]:
        flags: NDArray[np.bool_] = self.classes > 0
        return flags


def strips(history: History, trial: Trial) -> Iterator[Strip]:
    """Without streams that have no request in the window."""
    for stream in STREAMS:
        for vantage in history.topology.vantages:
            requests = due_in(history.arrivals(vantage, stream), trial.window)
            if len(requests):
                yield Strip(vantage, stream, requests, classes(requests))


def due_in(requests: Requests, window: Interval) -> Requests:
    first, end = np.searchsorted(requests["due"], window)
    inside: Requests = requests[first:end]
    return inside


def classes(requests: Requests) -> NDArray[np.uint8]:
    outcome = requests["outcome"]
    answered = np.where(good(requests), 0, 1)
    found: NDArray[np.uint8] = np.where(outcome == Outcome.ok, answered, _CLASS_OF[outcome]).astype(np.uint8)
    return found


def outcome_name(outcome: int) -> str:
    """As a newer harness may write one that is not known here."""
    return _NAMES.get(outcome) or f"outcome {outcome}"
