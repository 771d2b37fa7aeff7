"""What the eye reads out of frames: real ones, captured in the lab."""

import pytest

from harness.agents.network.frames import FILTER, decode, is_marker_mac, marker, marker_source
from harness.model.events import AdvertSeen, ArpSeen, MarkerSeen

ADVERT = bytes.fromhex("01005e000012027700000002080045c00020000a0000ff70d0420a4d0002e000001231336401006474d80a4d0064")
GARP = bytes.fromhex("ffffffffffff027700000001080600010800060400010277000000010a4d0064ffffffffffff0a4d0064")
SWITCH = bytes.fromhex("0a0000000001")


def test_a_gratuitous_arp_of_keepalived() -> None:
    event = decode(GARP, "lb-ext-1.external", 7, inward=True)
    assert event == ArpSeen(
        t=7,
        port="lb-ext-1.external",
        inward=True,
        source="02:77:00:00:00:01",
        destination="ff:ff:ff:ff:ff:ff",
        opcode=1,
        sender_mac="02:77:00:00:00:01",
        sender_ip="10.77.0.100",
        target_ip="10.77.0.100",
        frame=GARP,
    )
    assert event.gratuitous


def test_padding_behind_an_arp_frame_is_not_kept() -> None:
    """It may be what a sender's memory held (CVE-2003-0001)."""
    event = decode(GARP + b"secret of 18 bytes", "trunk.a", 7, inward=True)
    assert isinstance(event, ArpSeen)
    assert event.frame == GARP


def test_an_advert_of_keepalived() -> None:
    event = decode(ADVERT, "trunk.a", 8, inward=False)
    assert event == AdvertSeen(8, "trunk.a", False, "02:77:00:00:00:02", "10.77.0.2", 51, 100, frame=ADVERT)


def test_the_password_of_an_advert_is_not_kept() -> None:
    """RFC 2338, section 5.3.6: eight bytes of clear text behind the addresses."""
    second = b"\x21" + ADVERT[35:37] + b"\x01\x01\x01\x00\x00" + ADVERT[42:46]
    event = decode(ADVERT[:34] + second + b"geheim01", "trunk.a", 8, inward=True)
    assert isinstance(event, AdvertSeen)
    assert event.frame == ADVERT[:34] + second


def test_an_advert_behind_ip_options_is_found_by_the_header_length() -> None:
    longer = ADVERT[:14] + b"\x46" + ADVERT[15:34] + b"\x94\x04\0\0" + ADVERT[34:]
    event = decode(longer, "trunk.a", 8, inward=False)
    assert isinstance(event, AdvertSeen)
    assert (event.vrid, event.priority) == (51, 100)


def test_a_marker_carries_its_stream_and_number() -> None:
    frame = marker(SWITCH, 300, 2**40)
    assert len(frame) == 60
    assert decode(frame, "sw-a", 9, inward=True) == MarkerSeen(9, "sw-a", True, 300, 2**40)


def test_markers_come_from_a_mac_that_no_node_has() -> None:
    assert is_marker_mac(marker_source(300))
    assert not is_marker_mac(bytes.fromhex("027700000001"))


@pytest.mark.parametrize("frame", [ADVERT, GARP, marker(SWITCH, 1, 1)])
def test_a_truncated_frame_is_no_event_and_no_crash(frame: bytes) -> None:
    for length in range(min(len(frame), 24)):
        assert decode(frame[:length], "trunk.a", 1, inward=True) is None


def test_arp_for_another_protocol_and_udp_are_no_events() -> None:
    assert decode(GARP.replace(b"\x08\x00\x06\x04", b"\x08\x00\x06\x10"), "trunk.a", 1, inward=True) is None
    udp = ADVERT[:23] + b"\x11" + ADVERT[24:]
    assert decode(udp, "trunk.a", 1, inward=True) is None


@pytest.mark.parametrize(
    "frame, taken",
    [
        (ADVERT, True),
        (GARP, True),
        (marker(SWITCH, 1, 1), True),
        (ADVERT[:23] + b"\x06" + ADVERT[24:], False),  # TCP
        (ADVERT[:12] + b"\x86\xdd" + ADVERT[14:], False),  # IPv6
    ],
)
def test_the_kernel_filter_takes_what_the_decoder_understands(frame: bytes, *, taken: bool) -> None:
    assert (_run(frame) > 0) is taken


def _run(frame: bytes) -> int:
    """The classic BPF machine, as far as `FILTER` uses it: load half-word or byte, jump if equal, return."""
    accumulator = at = 0
    while True:
        code, true, false, k = FILTER[at]
        at += 1
        match code:
            case 0x28:
                accumulator = int.from_bytes(frame[k : k + 2], "big")
            case 0x30:
                accumulator = frame[k]
            case 0x15:
                at += true if accumulator == k else false
            case 0x06:
                return k
