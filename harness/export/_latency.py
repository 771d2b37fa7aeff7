"""How long requests took, in columns of one pixel: range, median of answers, and each class of bad ones. Pure."""

from collections.abc import Iterator, Sequence
from math import log10
from typing import Final, NamedTuple

import numpy as np

from harness.export._requests import CLASSES, Strip
from harness.export._strip import places
from harness.history.timeline import Interval
from harness.model.requests import Outcome
from harness.model.units import ms, s
from harness.report.axis import Axis

SCALE: Final = ((1 * ms, "1 ms"), (100 * ms, "100 ms"), (10 * s, "10 s"))
"""The marks of its axis, which ends at the last one; what is outside is at the edge."""

_LOWEST: Final = 0.1 * ms


class Latency(NamedTuple):
    """One vantage point's probes, as long as each took from when it was due."""

    strip: Strip


class Column(NamedTuple):
    """`least`, `most`: of all requests that were due in it, in ns. `median`: of answers; None without one.

    `bad`: (class, the longest of it).
    """

    place: int
    least: int
    most: int
    median: float | None
    bad: tuple[tuple[int, int], ...]


def latencies(strip: Strip, window: Interval) -> Iterator[Column]:
    """Each column that has a request."""
    requests, where = strip.requests, places(strip, window)
    took = requests["done"] - requests["due"]
    firsts = np.flatnonzero(np.diff(where, prepend=-1))
    for first, end in zip(firsts.tolist(), [*firsts[1:].tolist(), len(where)], strict=True):
        here, classes = took[first:end], strip.classes[first:end]
        answers = here[requests["outcome"][first:end] == Outcome.ok]
        bad = tuple((n, int(here[classes == n].max())) for n in range(1, len(CLASSES)) if (classes == n).any())
        median = float(np.median(answers)) if len(answers) else None
        yield Column(int(where[first]), int(here.min()), int(here.max()), median, bad)


def upright(bottom: float, top: float) -> Axis:
    """Logarithmic: for `height`."""
    return Axis(log10(_LOWEST), log10(SCALE[-1][0]), bottom, top)


def height(axis: Axis, took: float) -> float:
    return axis.at(log10(max(1, took)))


def ranges(columns: Sequence[Column], axis: Axis, left: int) -> str:
    """As `d` of SVG: a rectangle from the least to the most of each column, a pixel high at least."""
    spans = [(each.place, height(axis, each.most), height(axis, each.least)) for each in columns]
    return "".join(f"M{left + x} {top:.1f}h1V{max(low, top + 1):.1f}h-1z" for x, top, low in spans)


def medians(columns: Sequence[Column], axis: Axis, left: int) -> str:
    """A line, which breaks where no request was answered."""
    data, drawn = [], False
    for each in columns:
        if each.median is not None:
            data.append(f"{'L' if drawn else 'M'}{left + each.place + 0.5} {height(axis, each.median):.1f}")
        drawn = each.median is not None
    return "".join(data)


def failures(columns: Sequence[Column], number: int, axis: Axis, left: int) -> str:
    """Of one class: a mark of two pixels at the longest of each column."""
    longest = [(each.place, height(axis, took)) for each in columns for n, took in each.bad if n == number]
    return "".join(f"M{left + x - 0.5} {y - 1:.1f}h2v2h-2z" for x, y in longest)
