"""The alarm of July 22, a balancer's sessions as an average over 5 minutes: how late it is, and what it hides. Pure.

Each second has a point: the mean of the window that ends there. No graph of such averages can be earlier; one with a
point every 5 minutes is up to 5 minutes later.
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
"""A sixtieth of `NIGHT_NS`, for steps of seconds."""

THRESHOLD: Final = 0.8
"""Of the limit."""


class Point(NamedTuple):
    """One second of the graph: sessions at `t`, and their average over the window that ends at `t`."""

    t: int
    sessions: int
    average: float


def graph(samples: Sequence[HaproxySample], shown: Interval, window_ns: int) -> list[Point]:
    """A point for each second of `shown`. `samples`: of one frontend in order of time, those before `shown` too.

    If they do not reach back by `window_ns`, the first one is used for the time before it.
    """
    times, sessions = (np.array([getattr(x, name) for x in samples], np.int64) for name in ("t", "sessions"))
    total = np.concatenate([[0], sessions.cumsum()])
    ends = np.arange(shown.begin, shown.end, s)
    begins, lasts = (np.searchsorted(times, instants, "right") for instants in (ends - window_ns, ends))
    known = np.minimum(1, (ends - times[0]) / window_ns)
    averages = (total[lasts] - total[begins]) / np.maximum(1, lasts - begins) * known + sessions[0] * (1 - known)
    drawn = np.flatnonzero(lasts).tolist()  # before the first sample there is no point
    return [Point(int(ends[n]), int(sessions[lasts[n] - 1]), float(averages[n])) for n in drawn]


def measures(history: History, step: Step, window_ns: int = SCALED_NS) -> dict[str, Measure]:
    """``alarm_s``: seconds from the first effect until a sample, one each second, reaches `THRESHOLD` of the limit.

    ``alarm_averaged_s``: until the average reaches it, None if it never does; ``alarm_window_s``: the window's length;
    ``average_peak``: the highest average. Empty if no sample of the frontend that customers use reaches the threshold.
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
