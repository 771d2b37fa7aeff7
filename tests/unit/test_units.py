"""Durations: in ns, as people type them, and as they are shown."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.errors import BadValue
from harness.model.units import (
    Duration,
    DurationOrZero,
    Nanoseconds,
    format_duration,
    minute,
    ms,
    parse_duration,
    positive_time,
    s,
    seconds,
    typeable,
    us,
    whole_ms,
)

A_DAY = 86_400_000_000_000


@pytest.mark.parametrize(
    "text, ns",
    [
        ("800ms", 800_000_000),
        ("1.5s", 1_500_000_000),
        ("2m", 120_000_000_000),
        ("50us", 50_000),
        (" 0.001us ", 1),  # the least that can be typed
        ("1440m", A_DAY),
    ],
)
def test_a_unit_is_so_many_nanoseconds(text: str, ns: int) -> None:
    assert parse_duration(text) == ns


def test_names_of_units_are_those_that_are_typed() -> None:
    assert [us, ms, s, minute] == [parse_duration(f"1{unit}") for unit in ("us", "ms", "s", "m")]


@pytest.mark.parametrize("text", ["800", "ms", "-1s", "0s", "0.0001us", "1h", "1,5s", "", "99999m", "86400.000001s"])
def test_refused(text: str) -> None:
    """No unit, an unknown one, nothing, a negative value or more than a day: named, with valid ones."""
    with pytest.raises(BadValue, match=r"valid is a positive number with a unit, at most 24 hours: 800ms, 1\.5s, 2m"):
        parse_duration(text)


def test_zero_is_valid_where_it_means_something() -> None:
    assert parse_duration("0ms", least=0) == 0
    with pytest.raises(BadValue, match="valid is zero or a positive number with a unit"):
        parse_duration("ms", least=0)


@pytest.mark.parametrize("hint, least", [(Duration, 1), (DurationOrZero, 0)])
def test_what_lasts_does_so_for_a_nanosecond_at_least(hint: object, least: int) -> None:
    (mark,) = (mark for mark in get_args(hint) if isinstance(mark, Nanoseconds))
    assert parse_duration(f"{least / 1000}us", least=mark.least) == least
    with pytest.raises(BadValue, match="valid is a positive number" if least else "valid is zero or a positive number"):
        parse_duration("0s" if least else "-0.001us", least=mark.least)


@given(st.integers(min_value=1, max_value=999))
def test_what_is_printed_can_be_typed(value: int) -> None:
    for unit in (us, ms, s):
        assert parse_duration(format_duration(value * unit).replace(" ", "")) == value * unit


@given(st.integers(min_value=0, max_value=A_DAY // us).map(lambda micros: micros * us))
def test_nothing_is_lost_down_to_the_microsecond(ns: int) -> None:
    assert parse_duration(typeable(ns), least=0) == ns


@pytest.mark.parametrize(
    "ns, shown",
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (us, "1 us"),
        (ms, "1 ms"),
        (s, "1 s"),
        (-s, "-1 s"),
        (1_234_567, "1.23 ms"),
        (90 * s, "90 s"),
    ],
)
def test_the_unit_is_the_largest_that_fits(ns: int, shown: str) -> None:
    assert format_duration(ns) == shown


def test_seconds_are_rounded_to_the_microsecond() -> None:
    assert seconds(1_234_567_891) == 1.234568
    assert seconds(-500 * ms) == -0.5


@pytest.mark.parametrize("ns, whole", [(0, 0), (ms, 1), (1_500 * ms, 1_500), (A_DAY, 86_400_000)])
def test_whole_milliseconds(ns: int, whole: int) -> None:
    assert whole_ms("latency", ns) == whole


@pytest.mark.parametrize("ns", [-ms, 1, ms - 1, ms + 1, A_DAY + ms])
def test_no_whole_milliseconds_or_too_many(ns: int) -> None:
    with pytest.raises(BadValue, match=r"latency is .*; valid is a whole number of milliseconds, up to 24 hours"):
        whole_ms("latency", ns)


@pytest.mark.parametrize("ns, valid", [(-1, False), (0, False), (1, True), (A_DAY, True), (A_DAY + 1, False)])
def test_a_time_that_an_agent_can_keep(ns: int, valid: bool) -> None:  # noqa: FBT001 - a column
    if valid:
        assert positive_time("every", ns) == ns
        return
    with pytest.raises(BadValue, match=f"every is {ns}; valid is a positive number of nanoseconds, up to 24 hours"):
        positive_time("every", ns)
