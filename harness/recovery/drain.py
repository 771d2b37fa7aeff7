"""How soon everybody is served once the plan is right again: who runs has to end, then who waits is answered. Pure.

Running authentications share what the databases read per second. They began one after the other, so that half of their
rows are still to be read.
"""

from itertools import groupby
from operator import attrgetter
from typing import Final

import numpy as np

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import DatabaseSample
from harness.model.ops import WRONG_INDEX
from harness.model.requests import Outcome, Stream
from harness.model.units import ms, seconds
from harness.recovery.crowd import BEFORE_NS, crowd
from harness.recovery.customers import arrived_hz
from harness.recovery.sessions import ROOM, Fill

WRONG_ROWS: Final = 243_001  # of an authentication along the wrong index (model/events.py)
BURST_NS: Final = 500 * ms


def predicted_served_s(history: History, step: Step, frontend: Fill) -> float | None:
    """Seconds from an act's first effect: rows left to read over rows read per second, then C / (μ − λ) for the crowd.

    μ is what the healed chain answers per second, in the best half second of the step. None where the frontend was
    not full or is not well in the end, nobody read along the wrong index, or as many come as are answered.
    """
    last, effect = frontend.samples[-1], step.first_effect_ns
    before = Interval(effect - BEFORE_NS, effect)
    running, rows_hz = _reading(history.of(DatabaseSample, before))
    surplus_hz = answered_hz(history, step.watch) - arrived_hz(history, before)
    waiting, much = crowd(history, frontend, effect).size, ROOM * last.session_limit
    if last.sessions >= much or waiting < much or not running or rows_hz <= 0 or surplus_hz <= 0:
        return None
    return round(running * WRONG_ROWS / 2 / rows_hz + waiting / surplus_hz, 3)


def answered_hz(history: History, window: Interval) -> float:
    """The most good answers to customers in half a second of the window, as a rate."""
    requests = history.requests
    good = (requests["outcome"] == Outcome.ok) & np.isin(requests["stream"], (Stream.probe, Stream.background))
    done = np.sort(requests["done"][good & (requests["done"] >= window.begin) & (requests["done"] < window.end)])
    counts = np.searchsorted(done, done + BURST_NS) - np.arange(len(done))
    return int(counts.max(initial=0)) / seconds(BURST_NS)


def _reading(samples: list[DatabaseSample]) -> tuple[int, float]:
    """Authentications that run in the end, and rows read per second, of all databases with the wrong plan."""
    series = [list(each) for _, each in groupby(sorted(samples, key=attrgetter("node", "t")), attrgetter("node"))]
    series = [each for each in series if any(sample.plan == WRONG_INDEX for sample in each)]
    running = sum(each[-1].running for each in series)
    return running, sum(_rate(each[0], each[-1]) for each in series)


def _rate(first: DatabaseSample, last: DatabaseSample) -> float:
    return (last.read_next - first.read_next) / seconds(last.t - first.t) if last.t > first.t else 0.0
