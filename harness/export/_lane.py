"""What a row of a timeline shows: bars that do not overlap, marks, or a line. Formats draw it; it knows no format."""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from harness.history.timeline import Interval

Look = Literal["one", "two", "other", "bad", "none", "quiet", "good", "fault"]
"""``one``, ``two``, ``other``: nodes of a router in their order. ``none``: no node, or not known. ``quiet``: backup."""


class Bar(NamedTuple):
    """[begin, end) in ns; an act has no length."""

    begin: int
    end: int
    text: str
    look: Look


class Mark(NamedTuple):
    """`tall`: one that matters more than the others of its row."""

    t: int
    text: str
    tall: bool


class Lane(NamedTuple):
    group: str
    label: str
    bars: list[Bar]


class Marks(NamedTuple):
    group: str
    label: str
    look: Look
    marks: list[Mark]


class Line(NamedTuple):
    """`points`: (t, value) in order of time. `limit`: that of each point, 0 without one."""

    group: str
    label: str
    points: list[tuple[int, float]]
    limit: list[float]

    @property
    def peak(self) -> float:
        return max(value for _, value in self.points)


def look(nodes: tuple[str, ...], node: str | None) -> Look:
    """The look of a node of a router."""
    if node not in nodes:
        return "none"
    return ("one", "two")[nodes.index(node)] if nodes.index(node) < 2 else "other"


def runs(states: Iterable[tuple[int, str, Look]], window: Interval) -> Iterator[Bar]:
    """States in order of time as bars inside the window; equal states that follow each other are one bar."""
    last: Bar | None = None
    for t, text, kind in states:
        if last and (last.text, last.look) == (text, kind):
            continue
        if last:
            yield from clipped(last._replace(end=t), window)
        last = Bar(t, window.end, text, kind)
    if last:
        yield from clipped(last, window)


def clipped(bar: Bar, window: Interval) -> Iterator[Bar]:
    """The part of a bar that lies inside the window."""
    if inside := Interval(bar.begin, bar.end) & window:
        yield bar._replace(begin=inside.begin, end=inside.end)
