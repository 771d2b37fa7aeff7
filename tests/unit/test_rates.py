"""Rates of data: in bits a second, as people type them, and as they are shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.agents.network.token_bucket import bucket
from harness.model.errors import BadValue
from harness.model.rates import LEAST, MOST, format_rate, parse_rate, within


@pytest.mark.parametrize(
    "text, bits_per_s",
    [("2Mbit", 2_000_000), ("8kbit", 8_000), ("10Gbit", MOST), (" 1.5Mbit ", 1_500_000), ("0.008Mbit", LEAST)],
)
def test_a_unit_is_so_many_bits_a_second(text: str, bits_per_s: int) -> None:
    assert parse_rate("limit", text) == bits_per_s


@pytest.mark.parametrize("text", ["2", "Mbit", "-1Mbit", "0kbit", "7.9kbit", "2mbit", "2MB", "2 Mbit", "10.1Gbit", ""])
def test_refused(text: str) -> None:
    """No unit, an unknown one, nothing, too little or too much: named, with valid ones."""
    with pytest.raises(BadValue, match=r"limit is .*from 8kbit to 10Gbit: 512kbit, 2Mbit"):
        parse_rate("limit", text)


@given(st.integers(LEAST, MOST))
def test_what_is_shown_can_be_typed(bits_per_s: int) -> None:
    assert parse_rate("limit", format_rate(bits_per_s)) == within("limit", bits_per_s) == bits_per_s


def test_it_is_shown_in_the_largest_unit() -> None:
    shown = [format_rate(each) for each in (8_000, 512_000, 999_999, 1_000_000, 1_050_000, MOST)]
    assert shown == ["8kbit", "512kbit", "999.999kbit", "1Mbit", "1.05Mbit", "10Gbit"]


@pytest.mark.parametrize("bits_per_s, burst, queue", [(LEAST, 16_384, 16_484), (MOST, 12_500_000, 137_500_000)])
def test_bursts_are_short_and_queues_are_a_tenth_of_a_second(bits_per_s: int, burst: int, queue: int) -> None:
    """A burst has room for TCP's first ten segments; both are in the message."""
    message = bucket(2, bits_per_s)
    assert message.endswith(burst.to_bytes(4, "little"))
    assert queue.to_bytes(4, "little") in message
