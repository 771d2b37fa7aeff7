"""Adverts of a stranger: their bytes are those that RFC 3768 and RFC 9568 describe, and our own eye reads them."""

import struct

import pytest

from harness.agents.network.advert_ops import advert
from harness.agents.network.adverts import vrid_of
from harness.agents.network.frames import decode
from harness.lab.compose import topology
from harness.model.events import AdvertSeen
from harness.model.ops import SpeakVrrp, VrrpVersion
from harness.model.units import ms, s

PORT = topology().node("customer-3").port("external")


def frame(version: VrrpVersion, interval_ns: int = s) -> bytes:
    return advert(SpeakVrrp("customer-3", "external", 51, 200, "10.77.0.200", version, interval_ns), PORT)


def summed(data: bytes) -> int:
    """RFC 1071: of data with its checksum all bits are set."""
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    return (total & 0xFFFF) + (total >> 16)


@pytest.mark.parametrize("version", [2, 3])
def test_our_own_eye_reads_it(version: VrrpVersion) -> None:
    seen = decode(frame(version), "customer-3.external", 1, inward=True)
    kept = frame(version)[:46]  # without the authentication data of version 2, and without padding
    assert seen == AdvertSeen(1, "customer-3.external", True, PORT.mac, PORT.address, 51, 200, frame=kept)
    assert vrid_of(frame(version)) == 51
    assert len(frame(version)) == 60


@pytest.mark.parametrize("version, kind, length", [(2, 0x21, 20), (3, 0x31, 12)])
def test_its_headers_and_checksums_are_right(version: VrrpVersion, kind: int, length: int) -> None:
    sent = frame(version)
    header, message = sent[14:34], sent[34 : 34 + length]
    assert sent[:6] == bytes.fromhex("01005e000012")
    assert (header[0], int.from_bytes(header[2:4], "big"), header[8], header[9]) == (0x45, 20 + length, 255, 112)
    assert header[16:20] == bytes([224, 0, 0, 18])
    assert summed(header) == 0xFFFF
    assert message[:4] == bytes([kind, 51, 200, 1])
    pseudo = b"" if version == 2 else header[12:20] + struct.pack(">BBH", 0, 112, length)
    assert summed(pseudo + message) == 0xFFFF


@pytest.mark.parametrize(
    "version, interval_ns, field",
    [(2, s, b"\x00\x01"), (2, 100 * ms, b"\x00\x01"), (3, s, b"\x00\x64"), (3, 40 * s, b"\x0f\xa0")],
)
def test_it_names_its_interval(version: VrrpVersion, interval_ns: int, field: bytes) -> None:
    """In seconds, at least one; in hundredths: twelve bits."""
    assert frame(version, interval_ns)[38:40] == field
