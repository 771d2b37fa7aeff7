"""The alarm of July 22, a balancer's sessions as an average over 5 minutes: how late it is, and what it hides. Pure.

The average is the mean of the window that ends at each second. No such graph can be earlier: one that draws a point
every 5 minutes is up to 5 minutes later still.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.events import HaproxySample
from harness.model.outcome import Measure
from harness.model.units import s, seconds
from harness.recovery.sessions import fill, frontends

NIGHT_NS: Final = 300 * s
"""As on that night."""

SCALED_NS: Final = 5 * s
"""A sixtieth of it, for steps of seconds."""

THRESHOLD: Final = 0.8
"""Of the limit."""


class Point(NamedTuple):
    """One second of the graph: sessions at `t`, and on average over the window that ends there."""

    t: int
    sessions: int
    average: float


def graph(samples: Sequence[HaproxySample], shown: Interval, window_ns: int) -> list[Point]:
    """A point for each second of `shown`. `samples`: of one frontend in order of time, those before `shown` too.

    Where they do not reach back by `window_ns`, the first of them stands for what was before.
    """
    times, sessions = (np.array([getattr(x, name) for x in samples], np.int64) for name in ("t", "sessions"))
    total = np.concatenate([[0], sessions.cumsum()])
    ends = np.arange(shown.begin, shown.end, s)
    begins, lasts = (np.searchsorted(times, instants, "right") for instants in (ends - window_ns, ends))
    known = np.minimum(1, (ends - times[0]) / window_ns)
    averages = (total[lasts] - total[begins]) / np.maximum(1, lasts - begins) * known + sessions[0] * (1 - known)
    told = np.flatnonzero(lasts).tolist()  # until the first sample there is nothing to draw
    return [Point(int(ends[n]), int(sessions[lasts[n] - 1]), float(averages[n])) for n in told]


def measures(history: History, step: Step, window_ns: int = SCALED_NS) -> dict[str, Measure]:
    """``alarm_s``: seconds from the first effect until a sample, one each second, is at `THRESHOLD` of the limit.

    ``alarm_averaged_s``: until the average is, None if it never was; ``alarm_window_s``: over how long;
    ``average_peak``: the most that it showed. Empty if no sample of the frontend that customers use came so far.
    """
    asked = history.topology.virtual_router()
    filled = fill(history, asked, step.watch) if history.topology.vantages else None
    if filled is None or filled.peak.sessions < THRESHOLD * filled.peak.session_limit:
        return {}
    least = THRESHOLD * filled.peak.session_limit
    known = frontends(history, asked, Interval(step.first_effect_ns - window_ns, step.ends_ns))
    points = graph(known[filled.peak.node, filled.peak.proxy], step.watch, window_ns)
    return {
        "alarm_s": _first(step, [point.t for point in points if point.sessions >= least]),
        "alarm_averaged_s": _first(step, [point.t for point in points if point.average >= least]),
        "alarm_window_s": seconds(window_ns),
        "average_peak": round(max(point.average for point in points), 1),
    }


def _first(step: Step, instants: list[int]) -> float | None:
    return seconds(instants[0] - step.first_effect_ns) if instants else None
