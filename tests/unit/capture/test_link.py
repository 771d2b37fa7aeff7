"""Headers of the link layer: VLAN tags, Linux cooked, and frames that are cut off."""

import pytest

from harness.capture.link import READERS, cooked, cooked_2, ethernet
from tests.frames import ADVERT, MACS

DESTINATION, SOURCE, BODY = ADVERT[:6], ADVERT[6:12], ADVERT[14:]


@pytest.mark.parametrize(
    "tags, vlan",
    [
        (b"", ()),
        (b"\x81\0\0\x0a", (10,)),
        (b"\x88\xa8\0\x14\x81\0\xe0\x0a", (20, 10)),
        (b"\x81\0\xe0\0", ()),
    ],
)
def test_ethernet_with_vlan_tags(tags: bytes, vlan: tuple[int, ...]) -> None:
    data = ADVERT[:12] + tags + ADVERT[12:]
    frame = ethernet(data)
    assert frame is not None
    assert (frame.protocol, data[frame.body :], frame.vlan) == (0x0800, BODY, vlan)
    assert (frame.destination, frame.source) == (DESTINATION, SOURCE)


def test_more_tags_than_any_network_has() -> None:
    assert ethernet(ADVERT[:12] + b"\x81\0\0\x0a" * 50 + ADVERT[12:]) is None


@pytest.mark.parametrize("kind, outgoing", [(0, False), (4, True)])
@pytest.mark.parametrize("tag", [b"", b"\x81\0"])
def test_cooked(kind: int, outgoing: bool, tag: bytes) -> None:  # noqa: FBT001
    rest = b"\0\x0a\x08\0" + BODY if tag else BODY
    data = bytes([0, kind]) + b"\0\1\0\6" + SOURCE + b"\0\0" + (tag or b"\x08\0") + rest
    frame = cooked(data)
    assert frame is not None
    assert (frame.protocol, frame.source, frame.destination, frame.outgoing) == (0x0800, SOURCE, b"", outgoing)
    assert (data[frame.body :], frame.vlan) == (BODY, (10,) if tag else ())


@pytest.mark.parametrize("kind, outgoing", [(0, False), (4, True)])
def test_cooked_of_version_2(kind: int, outgoing: bool) -> None:  # noqa: FBT001
    data = b"\x08\0\0\0\0\0\0\2\0\1" + bytes([kind, 6]) + SOURCE + b"\0\0" + BODY
    frame = cooked_2(data)
    assert frame is not None
    assert (frame.protocol, frame.source, frame.outgoing, data[frame.body :]) == (0x0800, SOURCE, outgoing, BODY)


def test_frames_that_are_cut_off() -> None:
    assert bytes.fromhex(MACS["10.77.0.1"]) == SOURCE
    for reader in READERS.values():
        assert reader(b"") is None
        assert reader(ADVERT[:10]) is None
    assert cooked(bytes(14) + b"\x81\0\0") is None
