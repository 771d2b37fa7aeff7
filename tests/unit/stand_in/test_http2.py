"""HTTP/2 as the stand-in answers it, frame by frame."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_in.hpack import Decoder, encode
from stand_in.http2 import PREFACE, Http2
from stand_in.place import HttpAnswer

from tests.unit.stand_in.talking import PLACE, Wire

DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
Frame = tuple[int, int, int, bytes]


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def request(stream: int, method: str = "GET", path: str = "/a", flags: int = 5) -> bytes:
    return frame(HEADERS, flags, stream, encode([(":method", method), (":path", path)]))


def frames(data: bytes) -> list[Frame]:
    found: list[Frame] = []
    while data:
        end = 9 + int.from_bytes(data[:3], "big")
        found.append((data[3], data[4], int.from_bytes(data[5:9], "big"), data[9:end]))
        data = data[end:]
    return found


def told(*pieces: bytes, http: tuple[HttpAnswer, ...] = ()) -> list[Frame]:
    """The frames of what is said, without the first, its settings."""
    wire = Wire()
    speaker = Http2(replace(PLACE, http=http), wire.peer)
    for piece in (PREFACE, *pieces):
        speaker.hear(piece)
    first, *rest = frames(wire.take())
    assert first[0] == SETTINGS
    return rest


def test_a_request_is_answered_on_its_stream() -> None:
    headers, body = told(request(3), http=(HttpAnswer("GET", "/b", 503),))
    fields = dict(Decoder().decode(headers[3]))
    assert (headers[2], body[2]) == (3, 3)
    assert (fields[":status"], fields["x-lb-node"]) == ("200", "lb1")
    assert body == (DATA, 1, 3, b"stand-in 192.0.2.1:80 GET /a\n")


def test_what_a_check_expects() -> None:
    (headers,) = told(request(1, "HEAD", "/b"), http=(HttpAnswer("HEAD", "/b", 503),))
    assert dict(Decoder().decode(headers[3]))[":status"] == "503"
    assert headers[1] == 5  # its end and the stream's


def test_a_body_is_taken_and_its_end_awaited() -> None:
    begun = told(request(1, "POST", flags=4), frame(DATA, 0, 1, b"abc"))
    assert [each[0] for each in begun] == [WINDOW, WINDOW]
    assert told(request(1, "POST", flags=4), frame(DATA, 1, 1))[-1][3].startswith(b"stand-in")


def test_headers_in_several_frames_with_padding_and_priority() -> None:
    block = encode([(":method", "GET"), (":path", "/long")])
    padded = bytes([2]) + bytes(5) + block[:4] + bytes(2)
    found = told(frame(HEADERS, 0x29, 1, padded), frame(CONTINUATION, 4, 1, block[4:]))
    assert found[-1][3] == b"stand-in 192.0.2.1:80 GET /long\n"


def test_pings_and_settings_are_acknowledged() -> None:
    assert told(frame(PING, 0, 0, b"12345678"), frame(SETTINGS, 0, 0), frame(SETTINGS, 1, 0)) == [
        (PING, 1, 0, b"12345678"),
        (SETTINGS, 1, 0, b""),
    ]


def test_no_more_is_sent_than_the_client_takes() -> None:
    """65,535 bytes, until it says that it takes more."""
    many = b"".join(request(stream, path="/" + "x" * 190) for stream in range(1, 801, 2))
    sent = [each[3] for each in told(many) if each[0] == DATA]
    assert 65000 < sum(map(len, sent)) <= 65535
    more = told(many, frame(WINDOW, 0, 0, (65536).to_bytes(4, "big")))
    assert len([each for each in more if each[0] == DATA]) == 400


def test_more_open_requests_than_allowed_are_refused() -> None:
    found = told(*(request(stream, flags=4) for stream in range(1, 205, 2)))
    assert found == [(RESET, 0, 201, (7).to_bytes(4, "big")), (RESET, 0, 203, (7).to_bytes(4, "big"))]


@pytest.mark.parametrize(
    "wrong",
    [frame(HEADERS, 5, 1, b"\x80"), b"\xff\xff\xff" + bytes(20), frame(HEADERS, 4, 1, b"\x00\x7f\xff\xff\xff\xff")],
)
def test_what_is_no_http_2_ends_the_connection(wrong: bytes) -> None:
    assert told(wrong)[-1][0] == GOAWAY


@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 63), st.integers(0, 9), st.binary(max_size=40))))
def test_any_frames_raise_nothing(given_: list[Frame]) -> None:
    speaker = Http2(PLACE, Wire().peer)
    speaker.hear(PREFACE)
    for each in given_:
        speaker.hear(frame(*each))


@given(st.binary(max_size=100))
def test_any_bytes_raise_nothing(data: bytes) -> None:
    Http2(PLACE, Wire().peer).hear(data)
    Http2(PLACE, Wire().peer).hear(PREFACE + data)
