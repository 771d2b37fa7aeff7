"""An advert and an ARP message as they stand in their bytes: each field from its own place, and what is cut off."""

import pytest

from harness.model.frames import Advert, Arp, is_carp, read_advert, read_arp
from harness.model.units import ms, s
from tests.frames import VIP, advert, arp, carp, in_ah, with_password

ETHERNET = 14
OTHER = "10.77.0.101"


def packet(frame: bytes) -> bytes:
    """From its IPv4 header to its end, without the padding."""
    return frame[ETHERNET : ETHERNET + int.from_bytes(frame[16:18], "big")]


def changed(data: bytes, place: int, value: int) -> bytes:
    return data[:place] + bytes([value]) + data[place + 1 :]


def with_options(data: bytes) -> bytes:
    """With a router alert (RFC 2113), which makes the IPv4 header six words long."""
    longer = changed(data, 0, 0x46)
    length = (len(data) + 4).to_bytes(2, "big")
    return longer[:2] + length + longer[4:20] + b"\x94\x04\0\0" + data[20:]


V3, V2 = packet(advert("10.77.0.1", 51, 150, VIP, OTHER)), packet(advert("10.77.0.1", 51, 150, VIP, version=2))
SECRET = packet(with_password(advert("10.77.0.1", 51, 150, VIP, version=2), b"geheim01"))
AH = packet(in_ah(advert("10.77.0.1", 51, 150, VIP, version=2)))
CARP = packet(carp(7))


def read(data: bytes) -> Advert:
    found = read_advert(data)
    assert found
    return found


def test_every_field_of_an_advert_is_read_from_its_place() -> None:
    told = read_advert(advert("10.77.0.1", 51, 150, VIP, OTHER, ident=0x1234, interval_ns=250 * ms)[ETHERNET:])
    assert told == Advert("10.77.0.1", "224.0.0.18", 0x1234, 51, 150, 3, 250 * ms, (VIP, OTHER))


def test_an_advert_of_version_2_counts_seconds() -> None:
    told = read_advert(advert("10.77.0.2", 7, 100, VIP, ident=65_535, version=2, interval_ns=3 * s)[ETHERNET:])
    assert told == Advert("10.77.0.2", "224.0.0.18", 65_535, 7, 100, 2, 3 * s, (VIP,), authentication="none")


@pytest.mark.parametrize("data", [V3, V2, SECRET, AH, CARP], ids=["3", "2", "password", "AH", "CARP"])
def test_behind_ip_options_an_advert_is_the_same(data: bytes) -> None:
    assert read_advert(with_options(data)) == read_advert(data)
    assert is_carp(with_options(data)) == is_carp(data) == (data is CARP)


@pytest.mark.parametrize(
    "length, vips, cut",
    [(0, None, False), (1, None, False), (25, None, False), (26, (), True), (27, (), True), (28, (), True),
     (31, (), True), (32, (VIP,), True), (35, (VIP,), True), (36, (VIP, OTHER), False)],
)  # fmt: skip
def test_an_advert_that_is_cut_off_tells_what_it_has_whole(
    length: int,
    vips: tuple[str, ...] | None,
    cut: bool,  # noqa: FBT001 - a column
) -> None:
    """Its VRID, priority and interval end with the sixth byte behind the header: RFC 9568 section 5.1."""
    told = read_advert(V3[:length])
    assert (told and told.vips) == vips
    assert told is None or (told.cut, told.interval_ns) == (cut, s)


def test_padding_is_no_vip() -> None:
    assert read(V3 + bytes(24)).vips == (VIP, OTHER)


@pytest.mark.parametrize(
    "data",
    [
        changed(V3, 9, 6),  # TCP
        changed(V3, 20, 0x41),  # a version that is not known
        changed(V3, 20, 0x11),
        changed(V3, 20, 0x32),  # no advertisement
        changed(changed(V3, 0, 0x44), 16, 0x31),  # a header of less than five words: RFC 791
        changed(AH, 20, 6),  # an authentication header before TCP
        changed(AH, 9, 50),
        CARP,
    ],
    ids=["TCP", "4", "1", "type", "header", "AH of TCP", "ESP", "CARP"],
)
def test_what_is_no_advert(data: bytes) -> None:
    assert read_advert(data) is None


@pytest.mark.parametrize(
    "data, word, interval_ns",
    [
        (V3, b"\xf0\x64", 1_000 * ms),  # four bits are reserved, and ignored: RFC 9568 section 5.2.6
        (V3, b"\x0f\x64", 0x0F64 * 10 * ms),
        (V3, b"\x00\x01", 10 * ms),
        (V2, b"\x00\xff", 255 * s),
        (V2, b"\x01\x01", s),  # the first byte is the type of the authentication
    ],
)
def test_the_interval_is_what_an_advert_tells(data: bytes, word: bytes, interval_ns: int) -> None:
    assert read(data[:24] + word + data[26:]).interval_ns == interval_ns


@pytest.mark.parametrize("kind, name", [(0, "none"), (2, "AH"), (3, "3")])
def test_the_authentication_has_its_name(kind: int, name: str) -> None:
    assert read(changed(V2, 24, kind)).authentication == name


def test_a_password_is_told_by_its_digest_alone() -> None:
    """Eight bytes behind the VIPs (RFC 2338 section 5.3.10): all of them count, and none that follows."""
    told = read(SECRET).authentication
    assert told.startswith("PASS ")
    assert len(told) == len("PASS ") + 16
    assert read(SECRET + b"padding").authentication == told
    two = packet(with_password(advert("10.77.0.1", 51, 150, VIP, OTHER, version=2), b"geheim01"))
    assert (read(two).authentication, read(two).vips) == (told, (VIP, OTHER))
    assert read(changed(SECRET, len(SECRET) - 8, 0)).authentication != told
    assert read(changed(SECRET, len(SECRET) - 1, 0)).authentication not in (told, "")
    assert read(SECRET[:-1]).authentication == ""
    assert read(SECRET[:-1]).vips == (VIP,)


def test_behind_an_authentication_header_of_any_length() -> None:
    """RFC 4302 section 2.2: its length is told in words, less two."""
    inner = read(V2)
    assert read(AH) == inner
    shorter = AH[:20] + bytes([112, 3]) + AH[22:40] + AH[44:]
    assert read(shorter) == inner


@pytest.mark.parametrize("data", [AH, CARP, SECRET, V3], ids=["AH", "CARP", "password", "3"])
def test_no_length_is_a_crash(data: bytes) -> None:
    told = [read_advert(data[:length]) for length in range(len(data))]
    assert {each.vrid for each in told if each} == (set() if data is CARP else {51})


@pytest.mark.parametrize(
    "data, told",
    [
        (CARP, True),
        (CARP[:24], True),  # a capture that keeps few bytes of a frame
        (CARP[:23], False),
        (b"", False),
        (changed(CARP, 9, 51), False),
        (changed(CARP, 20, 0x31), False),
        (changed(CARP, 23, 6), False),  # of VRRP it is the number of VIPs
        (changed(CARP, 3, 55), False),
        (changed(CARP, 2, 1), False),  # 256 bytes more
        (changed(changed(changed(CARP, 0, 0x44), 16, 0x21), 19, 7), False),
        (packet(with_password(advert("10.77.0.1", 51, 150, *[VIP] * 7, version=2), b"x")), False),
    ],
)
def test_what_is_carp(data: bytes, told: bool) -> None:  # noqa: FBT001 - a column
    assert is_carp(data) is told


REQUEST = arp("10.77.0.11", VIP)[ETHERNET : ETHERNET + 28]


def test_an_arp_message_is_28_bytes() -> None:
    """RFC 826; what follows is padding."""
    told = Arp(1, "02:77:00:00:00:0b", "10.77.0.11", VIP)
    assert read_arp(REQUEST) == read_arp(REQUEST + bytes(18)) == told
    assert {read_arp(REQUEST[:length]) for length in range(28)} == {None}
    assert read_arp(changed(REQUEST, 5, 16)) is None


@pytest.mark.parametrize("target, gratuitous", [(VIP, False), ("10.77.0.11", True)])
def test_gratuitous_arp_asks_for_its_own_sender(target: str, gratuitous: bool) -> None:  # noqa: FBT001 - a column
    told = read_arp(arp("10.77.0.11", target)[ETHERNET:])
    assert told
    assert told.gratuitous is gratuitous
