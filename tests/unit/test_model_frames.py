"""An advert as it stands in its bytes: each field is told, and from its own place."""

from harness.model.frames import Advert, read_advert
from harness.model.units import ms, s
from tests.frames import VIP, advert

ETHERNET = 14


def test_every_field_of_an_advert_is_read_from_its_place() -> None:
    read = read_advert(advert("10.77.0.1", 51, 150, VIP, "10.77.0.101", ident=0x1234, interval_ns=250 * ms)[ETHERNET:])
    assert read == Advert("10.77.0.1", "224.0.0.18", 0x1234, 51, 150, 3, 250 * ms, (VIP, "10.77.0.101"))


def test_an_advert_of_version_2_counts_seconds() -> None:
    read = read_advert(advert("10.77.0.2", 7, 100, VIP, ident=65_535, version=2, interval_ns=3 * s)[ETHERNET:])
    assert read == Advert("10.77.0.2", "224.0.0.18", 65_535, 7, 100, 2, 3 * s, (VIP,), authentication="none")
