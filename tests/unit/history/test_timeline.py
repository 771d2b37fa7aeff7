"""Step functions of time."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from harness.history.timeline import FOREVER, Interval, Timeline, gaps, overlaps, union

INTERVALS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)).map(lambda x: Interval(x[0], x[0] + x[1])))
WITHIN = Interval(5, 60)


def instants(intervals: list[Interval]) -> set[int]:
    return {t for begin, end in intervals for t in range(begin, end)}


def test_values_hold_until_they_change() -> None:
    timeline: Timeline[str, bool] = Timeline()
    for t, value in ((10, True), (20, True), (30, False), (40, True)):
        timeline.set("vip", t, value)
    assert [timeline.at("vip", t) for t in (9, 10, 29, 30, 99)] == [None, True, True, False, True]
    assert list(timeline.changes("vip")) == [(10, True), (30, False), (40, True)]
    assert timeline.intervals("vip", value=True) == [Interval(10, 30), Interval(40, FOREVER)]
    assert timeline.at("other", 10) is None
    assert list(timeline.known()) == ["vip"]


def test_touching_intervals_share_nothing() -> None:
    assert Interval(1, 5) & Interval(5, 9) is None
    assert Interval(1, 5) & Interval(4, 9) == Interval(4, 5)


def test_instants_are_the_begin_and_each_change_inside() -> None:
    """A change at the begin is what is there at the begin; one at the end is no longer inside."""
    assert Interval(10, 20).instants([15, 9, 10, 20, 21, 11, 19, 15]) == [10, 11, 15, 19]
    assert Interval(10, 20).instants(iter([])) == [10]
    assert Interval(10, 10).instants([10]) == [10]


@given(INTERVALS, INTERVALS)
def test_overlaps_are_the_instants_of_both(a: list[Interval], b: list[Interval]) -> None:
    assert instants(overlaps(a, b)) == instants(a) & instants(b)


@given(INTERVALS)
def test_union_is_the_same_instants_apart(intervals: list[Interval]) -> None:
    merged = union(intervals)
    assert instants(merged) == instants(intervals)
    assert all(a.end < b.begin for a, b in pairwise(merged))


@given(INTERVALS)
def test_gaps_are_the_other_instants(intervals: list[Interval]) -> None:
    found = gaps(intervals, WITHIN)
    assert instants(found) == instants([WITHIN]) - instants(intervals)
    assert all(gap.begin < gap.end for gap in found)
    assert all(a.end < b.begin for a, b in pairwise(found))
