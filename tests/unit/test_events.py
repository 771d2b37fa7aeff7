"""Events as lines of JSON: what is left out, what an older recording lacks, and kinds that are not known."""

import json
from typing import Any

import msgspec
import pytest

from harness.model.events import (
    AdvertSeen,
    ArpSeen,
    ConnectingSample,
    DatabaseSample,
    Decoder,
    HaproxySample,
    Marked,
    OpReleased,
    ServiceChanged,
    Unwired,
    encode,
)
from harness.model.ops import LinkDown

HAPROXY: dict[str, Any] = {
    "event": "haproxy", "t": 1, "node": "lb-ext-1", "proxy": "api/FRONTEND", "status": "OPEN", "sessions": 1,
    "session_limit": 2, "queued": 3, "requests": 4, "response_ms": 5, "process_limit": 6,
}  # fmt: skip
DATABASE: dict[str, Any] = {
    "event": "database", "t": 1, "node": "db-1", "plan": "ix_bucket", "plan_rows": 1, "running": 2, "longest_ms": 3,
    "read_next": 4, "opened_tables": 5, "analyses": 6, "connections": 7, "read_only": False,
}  # fmt: skip
OLDER = [
    ({"event": "service", "t": 1, "node": "a", "service": "haproxy", "state": "down"}, ServiceChanged, {"pid": 0}),
    ({"event": "marked", "t": 1, "name": "x"}, Marked, {"trial": -1, "step": ""}),
    (HAPROXY, HaproxySample, {"queue_ms": 0, "connect_ms": 0, "total_ms": 0, "rate": 0}),
    (DATABASE, DatabaseSample, {"read_key": 0, "read_rnd_next": 0, "threads_running": 0}),
    ({"event": "unwired", "t": 1, "node": "a"}, Unwired, {"told_by": "", "serial": 0}),
]


@pytest.mark.parametrize("line, kind, lacking", OLDER, ids=[kind.__name__ for _, kind, _ in OLDER])
def test_what_a_line_lacks_is_none_zero_or_no_trial(
    line: dict[str, Any], kind: type[msgspec.Struct], lacking: dict[str, object]
) -> None:
    """A service that is down has no pid, a mark outside of trials has no trial; older recordings lack later counters.

    Events of a baseline, and of recordings older than the numbers, have number 0: no hole is seen there.
    """
    event = msgspec.convert({key: value for key, value in line.items() if key != "event"}, kind)
    assert {name: getattr(event, name) for name in lacking} == lacking


def test_a_line_holds_what_is_not_as_usual() -> None:
    """Adverts come by the thousand: no words for what needs none."""
    assert encode(ConnectingSample(1, "customer-1", 2)) == (
        b'{"event":"connecting","t":1,"node":"customer-1","connecting":2}'
    )
    numbered = ConnectingSample(1, "customer-1", 2, told_by="service", serial=7)
    assert json.loads(encode(numbered)).items() >= {"told_by": "service", "serial": 7}.items()
    assert Decoder().decode(encode(numbered)) == numbered


def test_a_release_is_read_as_written() -> None:
    released = OpReleased(5, 1, 2, LinkDown("gw-1.external"), 3, 4, "undo", "no such device", told_by="hand", serial=1)
    assert Decoder().decode(encode(released)) == released


@pytest.mark.parametrize("target, gratuitous", [("10.77.0.100", True), ("10.77.0.11", False)])
def test_gratuitous_arp_asks_for_its_own_address(target: str, gratuitous: bool) -> None:  # noqa: FBT001
    """RFC 5227 section 3: sender and target are the same address."""
    mac = "02:77:00:00:00:01"
    seen = ArpSeen(1, "lb-ext-1.external", True, mac, "ff:ff:ff:ff:ff:ff", 1, mac, "10.77.0.100", target)
    assert seen.gratuitous is gratuitous


def test_a_frame_keeps_its_bytes_and_one_of_an_older_recording_has_none() -> None:
    advert = AdvertSeen(1, "trunk.a", True, "02:77:00:00:00:01", "10.77.0.1", 51, 150, frame=b"\x01\x00\x5e\xff")
    line = encode(advert)
    assert Decoder().decode(line) == advert
    older = Decoder().decode(line.replace(b',"frame":"AQBe/w=="', b""))
    assert older == AdvertSeen(1, "trunk.a", True, "02:77:00:00:00:01", "10.77.0.1", 51, 150)


def test_unknown_kinds_are_counted_by_name() -> None:
    decoder = Decoder()
    for kind in ("later", "later", "other", "later"):
        assert decoder.decode(f'{{"event":"{kind}","t":1}}'.encode()) is None
    assert decoder.skipped == {"later": 3, "other": 1}


def test_a_known_kind_that_does_not_fit_is_an_error() -> None:
    decoder = Decoder()
    with pytest.raises(msgspec.ValidationError, match="node"):
        decoder.decode(b'{"event":"unwired","t":1}')
    assert decoder.skipped == {}
