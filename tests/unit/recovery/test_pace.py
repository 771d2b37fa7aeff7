"""Rates and watches follow from what this machine answers: on one that is half as fast or eight times, too."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.errors import NotMeasured
from harness.model.units import s
from harness.recovery.capacity import Capacity
from harness.recovery.pace import FEW, LONGEST_NS, MANY, MARGIN, Pace, affords, customers_hz

QUIET = Capacity(right_hz=400.0, wrong_hz=8.0)


@pytest.mark.parametrize(
    "right, wrong, hz",
    [
        (400, 8, 100),  # the usual machine, and the usual rate
        (400, 33.3, 100),
        (400, 50, 150),  # four times as fast where rows are read: three times as many as are answered
        (100, 2, 60),  # a slow one: of 100 that could be answered
        (100, 20, 60),  # the one rate that is both
        (167, 8, 100),
    ],
)
def test_rate_is_the_usual_one_or_the_nearest_that_shows_the_outage(right: float, wrong: float, hz: float) -> None:
    assert customers_hz(Capacity(right, wrong), 100) == pytest.approx(hz)


def test_rate_is_no_more_than_a_test_allows() -> None:
    """A flood is told by half as many requests again: its customers are to be few."""
    assert customers_hz(QUIET, 100, few=0.2) == pytest.approx(80)
    assert customers_hz(QUIET, 100, most_hz=70) == 70


@pytest.mark.parametrize(
    "few, most, needed", [(FEW, math.inf, "25 customers/s .* 24 or fewer"), (1.0, 20.0, "25 .* 20 or fewer")]
)
def test_no_rate_shows_both(few: float, most: float, needed: str) -> None:
    with pytest.raises(NotMeasured, match=f"The databases answer 40 .* 8.4/s .*{needed}"):
        customers_hz(Capacity(40, 8.4), 100, few, most)


@given(
    usual=st.floats(1, 1_000),
    right=st.floats(1, 10_000),
    ratio=st.floats(MANY / FEW * 1.01, 1_000),
    speed=st.sampled_from([0.5, 2.0]),
)
def test_a_machine_twice_or_half_as_fast_shows_it_too(usual: float, right: float, ratio: float, speed: float) -> None:
    capacity = Capacity(right * speed, right * speed / ratio)
    hz = customers_hz(capacity, usual)
    assert MANY * capacity.wrong_hz <= hz <= FEW * capacity.right_hz
    assert Pace(capacity, hz).climb_ns(0) == 0


def test_frontend_fills_with_all_that_come_and_are_not_answered() -> None:
    """100 customers and 15 probes come, 8 leave: 214 are there after 2 s."""
    watch = Pace(QUIET, 100, others_hz=15).climb_ns(214)
    assert watch == pytest.approx(MARGIN * 2 * s)
    assert watch > 2 * s


def test_frontend_that_never_fills_is_not_awaited() -> None:
    with pytest.raises(NotMeasured, match=r"8 customers/s come\..* That never comes: 200 sessions more"):
        Pace(QUIET, 8).climb_ns(200)


def test_cure_lasts_until_stuck_queries_have_ended_and_all_that_wait_are_answered() -> None:
    """32 at 8 a second and 600 at 400 a second, in the three quarters of the time that new customers leave."""
    watch = Pace(QUIET, 100, others_hz=15).cure_ns(32, 600)
    assert watch == pytest.approx(MARGIN * (4 + 1.5) / 0.75 * s)


def test_a_slow_machine_that_is_busy_with_new_customers() -> None:
    """Measured: of 63 stuck queries 30 were left after 50 s, where 1.8 a second had ended before the cure."""
    assert Pace(Capacity(72, 1.8), 43.2).cure_ns(63, 500) > 105 * s


def test_cure_of_nothing_needs_no_time() -> None:
    assert Pace(QUIET, 100).cure_ns(0, 0) == 0


@pytest.mark.parametrize(
    "pace, told",
    [
        (Pace(QUIET, 400), "400 customers/s come"),
        (Pace(QUIET, 401), "401 customers/s come"),
        (Pace(QUIET, 100).slowed(0.0), "0.0/s along the wrong one"),
    ],
)
def test_databases_that_answer_no_more_than_come_never_recover(pace: Pace, told: str) -> None:
    """Nor those that stand still."""
    never = "That never comes: the end of 32 stuck queries, and answers to 10 customers."
    with pytest.raises(NotMeasured, match=f"{told}.* {never}"):
        pace.cure_ns(32, 10)


def test_of_two_measurements_the_slower_one_counts() -> None:
    """The last figure of a slow machine: 32 queries took 48 s, where 35 s were watched."""
    pace = Pace(QUIET, 45)
    assert pace.slowed(0.67).cure_ns(32, 0) >= 48 * s
    assert pace.slowed(0.67) == Pace(Capacity(400, 0.67), 45)
    assert pace.slowed(math.inf) == pace.slowed(9.0) == pace


@pytest.mark.parametrize(
    "wrong, lasting_s, stuck",
    [(8.0, 45, 32), (3.2, 45, 32), (3.1, 45, 160), (3.1, 9.9, 32), (3.1, 10, 64)],
)
def test_queries_pile_up_where_the_api_gives_them_up(wrong: float, lasting_s: float, stuck: int) -> None:
    """32 at 3.2 a second take 10 s, for which the API waits. Measured at 2.5 a second: 78 after 20 s, 169 after 45."""
    assert Pace(Capacity(400, wrong), 45).piled_up(32, round(lasting_s * s)) == stuck


def test_databases_that_have_become_faster() -> None:
    """At 8 a second 92 of 100 pile up. The margin of the watch is used up if fewer than 66 do."""
    pace = Pace(QUIET, 100)
    pace.outrun_by(34.2)
    with pytest.raises(NotMeasured, match=r"By now the wrong one answers 34\.4/s"):
        pace.outrun_by(34.4)


def test_customers_of_others_pile_up_too() -> None:
    Pace(QUIET, 100, others_hz=15).outrun_by(38.5)


def longest(hz: float) -> float:
    """How many are there after the longest watch that there is, at a growth of so many a second."""
    return LONGEST_NS / s / MARGIN * hz


def test_three_minutes_are_the_longest_watch() -> None:
    pace = Pace(Capacity(400, 5), 15)
    assert pace.climb_ns(longest(10)) == LONGEST_NS == 180 * s
    with pytest.raises(NotMeasured, match="It takes 181 s, and is watched for 180 s at most"):
        pace.climb_ns(longest(10) * 1.006)


def test_that_is_of_both_parts_of_a_cure_together() -> None:
    """Half of it each is allowed, and a little more is not."""
    pace = Pace(Capacity(40, 10), 20)
    half_s = LONGEST_NS / s / MARGIN / 2 * 0.5
    stuck, waiting = int(half_s * 10), int(half_s * 40)
    assert LONGEST_NS - s < pace.cure_ns(stuck, waiting) <= LONGEST_NS
    with pytest.raises(NotMeasured, match=r"Awaited: the end of .* It takes 18[0-9] s, and is watched for 180 s"):
        pace.cure_ns(stuck, waiting + 20)


def test_customers_whom_the_right_index_answers_with_ease() -> None:
    affords(QUIET, 240)
    affords(QUIET, 320, few=0.8)
    with pytest.raises(NotMeasured, match="With 241 customers/s it must answer 402/s or more"):
        affords(QUIET, 241)
