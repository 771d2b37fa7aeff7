"""Values that change at instants, and the intervals between them."""

import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise
from operator import itemgetter
from typing import Final, Generic, NamedTuple, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Interval(NamedTuple):
    """[begin, end), ns. `end` is `FOREVER` for a value that still lasts."""

    begin: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.begin

    def __and__(self, other: "Interval") -> "Interval | None":
        """The part in both; None if there is none."""
        both = Interval(max(self.begin, other.begin), min(self.end, other.end))
        return both if both.begin < both.end else None

    def instants(self, changes: Iterable[int]) -> list[int]:
        """Its begin and each of `changes` inside it, once and in order: what they change is constant in between."""
        return [self.begin, *sorted({t for t in changes if self.begin < t < self.end})]


FOREVER: Final = sys.maxsize
"""292 years after the machine's start."""


class Timeline(Generic[K, V]):
    """Key → value as a step function of time. Values are set in order of time; an equal value is no change."""

    def __init__(self) -> None:
        self._steps: dict[K, list[tuple[int, V]]] = {}

    def set(self, key: K, t: int, value: V) -> None:
        steps = self._steps.setdefault(key, [])
        if not steps or steps[-1][1] != value:
            steps.append((t, value))

    def at(self, key: K, t: int) -> V | None:
        """The value at `t`; None before the first."""
        index = bisect_right(self._steps.get(key, ()), t, key=itemgetter(0))
        return self._steps[key][index - 1][1] if index else None

    def changes(self, key: K) -> Iterator[tuple[int, V]]:
        return iter(self._steps.get(key, ()))

    def intervals(self, key: K, value: V) -> list[Interval]:
        """When `key` had `value`."""
        steps = pairwise([*self.changes(key), (FOREVER, value)])
        return [Interval(begin, end) for (begin, it_is), (end, _) in steps if it_is == value]

    def known(self) -> Iterator[K]:
        return iter(self._steps)


def overlaps(a: list[Interval], b: list[Interval]) -> list[Interval]:
    """The intervals that are in both lists."""
    return sorted(both for x in a for y in b if (both := x & y))


def union(intervals: list[Interval]) -> list[Interval]:
    """The same instants as disjoint intervals, in order."""
    merged: list[Interval] = []
    for interval in sorted(intervals):
        if merged and interval.begin <= merged[-1].end:
            merged[-1] = Interval(merged[-1].begin, max(merged[-1].end, interval.end))
        else:
            merged.append(interval)
    return merged


def gaps(intervals: list[Interval], within: Interval) -> list[Interval]:
    """The parts of `within` that are in no interval."""
    edges = [Interval(within.begin, within.begin), *union(intervals), Interval(within.end, within.end)]
    between = [Interval(before.end, after.begin) for before, after in pairwise(edges)]
    return overlaps(between, [within])
