"""Durations as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.errors import BadValue
from harness.model.units import format_duration, minute, ms, parse_duration, s, us


@pytest.mark.parametrize("text, ns", [("800ms", 800 * ms), ("1.5s", 1500 * ms), ("2m", 2 * minute), ("50us", 50 * us)])
def test_parse(text: str, ns: int) -> None:
    assert parse_duration(text) == ns


@pytest.mark.parametrize("text", ["800", "ms", "-1s", "0s", "1h", "1,5s", "", "99999m"])
def test_refused(text: str) -> None:
    """No unit, an unknown one, nothing, a negative or an overflowing value: named, with valid ones."""
    with pytest.raises(BadValue, match=r"800ms, 1\.5s, 2m"):
        parse_duration(text)


@given(st.integers(min_value=1, max_value=999))
def test_what_is_printed_can_be_typed(value: int) -> None:
    for unit in (us, ms, s):
        assert parse_duration(format_duration(value * unit).replace(" ", "")) == value * unit
