"""Phases are spread evenly, and the same again with the same seed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.experiment import phases
from harness.model.errors import BadValue
from harness.model.units import ms, s


@given(st.integers(1 * ms, 2 * s), st.integers(1, 40), st.integers(0, 2**32))
def test_one_in_each_part_of_the_interval(advert_int: int, n: int, seed: int) -> None:
    found = phases(advert_int, n, seed)
    assert sorted(phase * n // advert_int for phase in found) == list(range(n))
    assert found == phases(advert_int, n, seed)


def test_the_order_says_nothing_about_time() -> None:
    assert phases(100 * ms, 8, 1) != phases(100 * ms, 8, 2)
    assert list(phases(100 * ms, 20, 1)) != sorted(phases(100 * ms, 20, 1))


def test_none_is_refused() -> None:
    with pytest.raises(BadValue, match="n is 0"):
        phases(100 * ms, 0, 1)
