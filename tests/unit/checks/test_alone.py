"""When one node alone owns a VIP, and from when on every cache must lead to it. To the nanosecond."""

import pytest

from harness.checks._alone import SoleOwner, must_know, sole_owners, unjudged
from harness.history.timeline import Interval
from harness.model.ops import FlushNeighbours
from harness.model.units import ms
from tests.histories import LB1, LB2, HistoryBuilder, ns

WITHIN_NS = 500 * ms
NS = 1e-9


def story(lag_ms: int = 0) -> HistoryBuilder:
    """The watch begins at 0, with an act that no drop belongs to."""
    told = HistoryBuilder().op(FlushNeighbours("gw-1"), 0.0)
    told.lag_ns = lag_ms * ms
    return told


def between(node: str, begin: float, end: float) -> SoleOwner:
    return SoleOwner(node, Interval(ns(begin), ns(end)))


def owned(told: HistoryBuilder) -> list[SoleOwner]:
    history, step = told.judged()
    return sole_owners(history, step, history.topology.vips[0])


def known(told: HistoryBuilder, within_ns: int = WITHIN_NS) -> list[SoleOwner]:
    history, step = told.judged()
    return list(must_know(history, step, history.topology.vips[0], within_ns))


def since(told: HistoryBuilder) -> float:
    """From when on the last owner must be known, in seconds, without the time that caches have to follow."""
    last = known(told)[-1]
    return round((last.interval.begin - WITHIN_NS - ns(0.0)) * NS, 9)


def test_one_owner_all_the_time() -> None:
    assert owned(story()) == [between(LB1, 0.0, 10.0)]


def test_each_time_without_a_rival() -> None:
    """lb-ext-1 has the VIP with a rival twice, and once does not have it."""
    told = story().takes(LB2, 1.0).gives_up(LB2, 2.0).takes(LB2, 3.0).gives_up(LB1, 4.0).gives_up(LB2, 5.0)
    assert owned(told.takes(LB1, 6.0)) == [
        between(LB1, 0.0, 1.0), between(LB1, 2.0, 3.0), between(LB2, 4.0, 5.0), between(LB1, 6.0, 10.0),
    ]  # fmt: skip


def test_a_node_that_owned_it_before_is_known_already() -> None:
    """It need not announce itself: neither its begin nor the end of the watch is an event that the eye read."""
    assert known(story(lag_ms=20)) == [between(LB1, 0.5, 10.0)]


def test_the_end_may_have_been_read_late() -> None:
    assert known(story(lag_ms=20).gives_up(LB1, 4.0)) == [between(LB1, 0.5, 3.98)]


def test_no_longer_than_the_bound_is_no_time() -> None:
    assert known(story().gives_up(LB1, 0.5)) == []
    assert known(story().gives_up(LB1, 0.5 + NS)) == [between(LB1, 0.5, 0.5 + NS)]


def taken(lag_ms: int = 0) -> HistoryBuilder:
    """lb-ext-2 takes the VIP at 2.0 s, and announces nothing by itself."""
    return story(lag_ms).gives_up(LB1, 1.0).takes(LB2, 2.0, announces=False)


@pytest.mark.parametrize(
    "announced, expected",
    [
        ((), 2.1),  # 0.1 s after a takeover it is due
        ((2.03, 2.05), 2.03),  # the first counts
        ((2.05, 2.03, 2.08), 2.03),
        ((2.2,), 2.1),  # too late
        ((1.5,), 2.1),  # before it was the owner
    ],
)
def test_a_takeover_is_known_from_its_announcement_on(announced: tuple[float, ...], expected: float) -> None:
    told = taken()
    for t in announced:
        told.announces(LB2, t)
    assert since(told) == expected


def test_an_announcement_may_be_older_than_the_address_that_was_read_late() -> None:
    assert since(taken(lag_ms=20).announces(LB2, 1.99)) == 2.0


def test_a_node_that_takes_it_for_the_second_time_is_a_new_owner_again() -> None:
    """Not a survivor: its announcement is due after 0.1 s, each time."""
    told = taken().gives_up(LB2, 3.0).takes(LB1, 4.0).gives_up(LB1, 5.0).takes(LB2, 6.0, announces=False)
    assert since(told) == 6.1


def late(told: HistoryBuilder) -> str:
    history, step = told.judged()
    vip = history.topology.vips[0]
    return unjudged(history, step, vip, must_know(history, step, vip, WITHIN_NS))


@pytest.mark.parametrize(
    "takes, gives_up, said",
    [
        (9.0, 11.0, ""),
        (9.399, 11.0, ""),  # 0.1 s until it is announced, and 0.5 s: 1 ms is left
        (9.4, 11.0, "lb-ext-2 alone held 10.77.0.100 from +9.400 s on, and the watch ended before all had to know."),
        (9.4, 9.9, ""),  # no node had it at the end
        (9.4, 10.0, "lb-ext-2 alone held 10.77.0.100 from +9.400 s on, and the watch ended before all had to know."),
    ],
)
def test_an_owner_that_came_too_late_to_be_judged(takes: float, gives_up: float, said: str) -> None:
    assert late(story().gives_up(LB1, 8.0).takes(LB2, takes, announces=False).gives_up(LB2, gives_up)) == said


def test_the_owner_before_does_not_speak_for_it_nor_it_itself_from_before() -> None:
    told = story().gives_up(LB1, 3.0).takes(LB2, 3.0).gives_up(LB2, 9.5).takes(LB1, 9.5)
    assert late(told).startswith("lb-ext-1 alone held 10.77.0.100 from +9.500 s on")
    assert late(story()) == ""


def survived(lag_ms: int = 0) -> HistoryBuilder:
    """lb-ext-1 outlives its rival at 2.0 s."""
    return story(lag_ms).takes(LB2, 1.0).gives_up(LB2, 2.0)


@pytest.mark.parametrize(
    "announced, expected",
    [
        ((), 2.5),  # 0.5 s after it is alone
        ((2.3, 2.4), 2.3),
        ((2.6,), 2.5),
        ((1.99,), 2.5),  # while the rival could be believed
    ],
)
def test_a_survivor_is_known_from_its_announcement_on(announced: tuple[float, ...], expected: float) -> None:
    told = survived(lag_ms=20)
    for t in announced:
        told.announces(LB1, t)
    assert since(told) == expected


@pytest.mark.parametrize(
    "begin, end, expected",
    [
        (1.5, 3.0, 3.5),  # no cache got it at 2.002 s: as for a survivor, the time runs from the end of the drop
        (2.0, 3.0, 3.5),
        (2.0 + NS, 3.0, 3.0),  # the drop began later: its end is a change of the way
        (1.5, 2.0, 2.002),
        (1.5, 1.7, 2.002),
    ],
)
def test_what_our_own_drops_kept_away_does_not_count(begin: float, end: float, expected: float) -> None:
    told = HistoryBuilder().drop("trunk.a", 0.0, 0.1).drop("trunk.a", begin, end).gives_up(LB1, 1.0).takes(LB2, 2.0)
    told.lag_ns = 0
    assert since(told) == expected


def test_drops_that_overlap_are_one() -> None:
    told = HistoryBuilder().drop("trunk.a", 1.5, 2.5).drop("trunk.b", 2.2, 3.0).gives_up(LB1, 1.6).takes(LB2, 2.0)
    told.lag_ns = 0
    assert since(told.announces(LB2, 3.2)) == 3.2


def flapping(*lost: tuple[float, float], lag_ms: int = 0, port: str = "trunk.a") -> HistoryBuilder:
    """The port has no carrier for these times; lb-ext-1 has the VIP all the time."""
    told = story(lag_ms)
    for begin, end in lost:
        told.shut(begin, end, port)
    return told


def cuts(*drops: tuple[float, float]) -> HistoryBuilder:
    """Drops of ours, the first of which begins the watch."""
    told = HistoryBuilder()
    for begin, end in drops:
        told.drop("trunk.a", begin, end)
    told.lag_ns = 0
    return told


@pytest.mark.parametrize(
    "told, expected",
    [
        (flapping((2.5, 2.7)), [(0.5, 2.5), (3.2, 10.0)]),
        (flapping((2.5, 2.7), lag_ms=20), [(0.5, 2.48), (3.2, 10.0)]),  # an entry may have been read before the port
        (flapping((2.5, 4.0)), [(0.5, 2.5), (3.0, 4.0), (4.5, 10.0)]),  # lost for longer than the bound: looked at
        (flapping((2.5, 2.7), (3.0, 3.1)), [(0.5, 2.5), (3.6, 10.0)]),
        (flapping((2.5, 2.7), port="customer-1.customers-1"), [(0.5, 10.0)]),  # on no way to this VIP
        (cuts((0.0, 0.1), (4.0, 5.0)), [(0.6, 4.0), (4.5, 5.0), (5.5, 10.0)]),
    ],
)
def test_a_change_of_the_way_gives_time_again(told: HistoryBuilder, expected: list[tuple[float, float]]) -> None:
    assert known(told) == [between(LB1, *part) for part in expected]
