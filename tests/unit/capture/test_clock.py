"""Two points on one clock."""

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
