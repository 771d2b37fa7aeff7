"""Two points on one clock."""

import pytest

from harness.capture.clock import offset
from harness.capture.sight import AdvertSight
from harness.model.frames import Advert
from harness.model.units import ms, s
from tests.frames import VIP


def adverts(*idents: int, behind: int = 0, step: int = s) -> list[AdvertSight]:
    told = [Advert("10.77.0.1", "224.0.0.18", ident, 51, 150, 3, s, (VIP,)) for ident in idents]
    return [AdvertSight(i * step + behind, advert, b"", None) for i, advert in enumerate(told)]


def test_the_difference_is_found() -> None:
    found = offset(adverts(*range(100)), adverts(*range(100), behind=-90 * s))
    assert found is not None
    assert (found.ns, found.common) == (90 * s, 100)


def test_identifications_that_repeat() -> None:
    found = offset(adverts(*range(10), *range(10)), adverts(*range(10), *range(10), behind=7 * s))
    assert found is not None
    assert found.ns == -7 * s


def test_delays_on_the_way_do_not_matter() -> None:
    late = [each._replace(t=each.t + i % 3 * ms) for i, each in enumerate(adverts(*range(30)))]
    found = offset(adverts(*range(30)), late)
    assert found is not None
    assert -2 * ms <= found.ns <= 0


def test_adverts_that_cannot_be_told_apart() -> None:
    assert offset(adverts(*[0] * 100), adverts(*[0] * 100, behind=3 * s)) is None


def test_too_few() -> None:
    assert offset(adverts(1, 2), adverts(1, 2)) is None
    assert offset(adverts(1, 2, 3), adverts(7, 8, 9)) is None
    assert offset([], []) is None


@pytest.mark.parametrize("moved, steady", [(0, True), (2, True), (10, False), (45, False)])
def test_a_clock_that_is_moved_while_it_captures(moved: int, steady: bool) -> None:  # noqa: FBT001
    """Of a hundred adverts the last ones are stamped by a clock that was set forward by 30 ms."""
    every = adverts(*range(1, 101))
    other = [*every[: 100 - moved], *(each._replace(t=each.t + 30 * ms) for each in every[100 - moved :])]
    found = offset(every, other)
    assert found is not None
    assert (found.ns, found.steady) == (0, steady)


def test_a_sender_that_starts_anew_while_one_point_hears_nothing() -> None:
    """Its identifications begin at 1 again: those that the point did not see are not its clock's."""
    every = adverts(*range(1, 41), *range(1, 61))
    for reference, other in ((every, every[40:]), (every[40:], every)):
        found = offset(reference, other)
        assert found is not None
        assert (found.ns, found.steady) == (0, True)
