"""A strip of requests in columns of one pixel: no class that a column has may vanish in it. Pure."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.export._requests import CLASSES, Strip
from harness.history.timeline import Interval

COLUMNS: Final = 760
LEAST: Final = 3
"""Pixels of a bad class in a column that has one request of it."""

Counts = NDArray[np.int64]
"""Shape (classes, columns), or one of each request."""


class Shape(NamedTuple):
    """Of one column."""

    column: int
    top: int
    height: int


def columns(strip: Strip, window: Interval) -> Counts:
    """How many requests of each class were due in each column."""
    flat = strip.classes.astype(np.int64) * COLUMNS + places(strip, window)
    counts: Counts = np.bincount(flat, minlength=len(CLASSES) * COLUMNS).reshape(len(CLASSES), COLUMNS)
    return counts


def places(strip: Strip, window: Interval) -> Counts:
    """The column of each request."""
    found: Counts = np.clip((strip.requests["due"] - window.begin) * COLUMNS // max(1, window.length), 0, COLUMNS - 1)
    return found


def bars_of(counts: Counts, top: int, height: int) -> list[list[Shape]]:
    """Class → its shapes. Good ones fill the column; bad ones stand in it from below, by their share."""
    found: list[list[Shape]] = [[] for _ in CLASSES]
    for column in np.flatnonzero(counts.sum(axis=0)).tolist():
        of_class = counts[:, column].tolist()
        if of_class[0]:
            found[0].append(Shape(column, top, height))
        bottom = top + height
        for number, tall in _heights(of_class, height):
            bottom -= tall
            found[number].append(Shape(column, bottom, tall))
    return found


def _heights(of_class: Sequence[int], height: int) -> Iterator[tuple[int, int]]:
    """(bad class, pixels), the rarest first; without good ones the most frequent one gets what the others leave."""
    bad = sorted((count, number) for number, count in enumerate(of_class) if number and count)
    left, total = height, sum(of_class)
    for place, (count, number) in enumerate(bad):
        others = len(bad) - place - 1
        wanted = left if not others and not of_class[0] else max(LEAST, round(height * count / total))
        tall = max(1, min(wanted, left - others))
        left -= tall
        yield number, tall


def outline(shapes: Sequence[Shape], left: int) -> str:
    """As `d` of one SVG path; columns of one height that lie beside each other are one rectangle."""
    data = []
    for _, group in groupby(enumerate(shapes), lambda each: (each[1].column - each[0], each[1].top, each[1].height)):
        run = [shape for _, shape in group]
        data.append(f"M{left + run[0].column} {run[0].top}h{len(run)}v{run[0].height}h-{len(run)}z")
    return "".join(data)
