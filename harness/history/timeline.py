"""Values that change at instants, and the intervals between them."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Generic, NamedTuple, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Interval(NamedTuple):
    """[begin, end), ns. `end` is beyond every instant of the history for what still lasts."""

    begin: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.begin

    def __and__(self, other: "Interval") -> "Interval | None":
        """What both share; None if nothing."""
        both = Interval(max(self.begin, other.begin), min(self.end, other.end))
        return both if both.begin < both.end else None


FOREVER = 2**62


class Timeline(Generic[K, V]):
    """Key → value as a step function of time. Fed in order of time; a value equal to the one before is no change."""

    def __init__(self) -> None:
        self._times: dict[K, list[int]] = {}
        self._values: dict[K, list[V]] = {}

    def set(self, key: K, t: int, value: V) -> None:
        times, values = self._times.setdefault(key, []), self._values.setdefault(key, [])
        if not values or values[-1] != value:
            times.append(t)
            values.append(value)

    def at(self, key: K, t: int) -> V | None:
        """The value in force at `t`; None before the first."""
        index = bisect_right(self._times.get(key, ()), t)
        return self._values[key][index - 1] if index else None

    def changes(self, key: K) -> Iterator[tuple[int, V]]:
        return zip(self._times.get(key, ()), self._values.get(key, ()), strict=True)

    def intervals(self, key: K, value: V) -> list[Interval]:
        """When `key` had `value`."""
        times = self._times.get(key, [])
        ends = [*times[1:], FOREVER]
        return [
            Interval(begin, end)
            for begin, end, is_ in zip(times, ends, self._values.get(key, ()), strict=False)
            if is_ == value
        ]

    def known(self) -> Iterator[K]:
        return iter(self._times)


def overlaps(a: list[Interval], b: list[Interval]) -> list[Interval]:
    """Where both hold."""
    return sorted(both for x in a for y in b if (both := x & y))


def union(intervals: list[Interval]) -> list[Interval]:
    """The same instants as disjoint intervals in order."""
    merged: list[Interval] = []
    for interval in sorted(intervals):
        if merged and interval.begin <= merged[-1].end:
            merged[-1] = Interval(merged[-1].begin, max(merged[-1].end, interval.end))
        else:
            merged.append(interval)
    return merged


def gaps(intervals: list[Interval], within: Interval) -> list[Interval]:
    """Where none holds, inside `within`."""
    found, position = [], within.begin
    for interval in union(intervals):
        if interval.begin > position:
            found.append(Interval(position, min(interval.begin, within.end)))
        position = max(position, interval.end)
        if position >= within.end:
            return [gap for gap in found if gap.length > 0]
    return [gap for gap in [*found, Interval(position, within.end)] if gap.length > 0]
