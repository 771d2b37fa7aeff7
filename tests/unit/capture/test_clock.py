"""Two points on one clock."""

import numpy as np
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


def test_a_clock_that_runs_faster_than_the_other() -> None:
    """By 100 ppm until the middle, and then slower by as much. Some adverts are late on the way."""
    every = adverts(*range(1, 601))
    late = [each._replace(t=each.t + min(i, 600 - i) * s // 10_000 + i % 3 * ms) for i, each in enumerate(every)]
    found = offset(every, late)
    assert found is not None
    assert found.drift is not None
    stamps = np.array([each.t for each in late])
    corrected = stamps + found.drift.shifts(stamps)
    assert max(abs(t - each.t) for t, each in zip(corrected.tolist(), every, strict=True)) <= 3 * ms
    one_by_one = [found.drift.shift(each.t) for each in late]
    assert max(abs(a - b) for a, b in zip(one_by_one, found.drift.shifts(stamps).tolist(), strict=True)) <= 1


def test_a_clock_that_runs_faster_and_is_set_is_not_followed() -> None:
    every = adverts(*range(1, 601))
    jump = [each._replace(t=each.t + i * s // 10_000 + (i > 300) * 50 * ms) for i, each in enumerate(every)]
    found = offset(every, jump)
    assert found is None or not found.steady
