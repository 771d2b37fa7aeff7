"""HTTP/1 as the stand-in answers it: whatever comes in whatever pieces."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_in.http1 import Http1
from stand_in.place import HttpAnswer

from tests.unit.stand_in.talking import PLACE, Wire

GET = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"


def said(data: bytes, *answers: HttpAnswer) -> Wire:
    wire = Wire()
    Http1(replace(PLACE, http=answers), wire.peer).hear(data)
    return wire


def test_it_names_itself_and_the_balancer() -> None:
    wire = said(GET)
    head, _, body = bytes(wire.said).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nX-LB-Node: lb1\r\n" in head
    assert b"\r\nX-Api-Node: 192.0.2.1:80\r\n" in head
    assert body == b"stand-in 192.0.2.1:80 GET /a\n"
    assert f"Content-Length: {len(body)}".encode() in head
    assert not wire.closed


POST = b"POST /b HTTP/1.1\r\nContent-Length: 5\r\n\r\n12345"
CHUNKED = b"POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nTrailer: 1\r\n\r\n"


@given(st.integers(1, 200), st.permutations([GET, POST, CHUNKED]))
def test_requests_that_follow_each_other_in_any_pieces(size: int, requests: list[bytes]) -> None:
    wire, whole = Wire(), b"".join(requests)
    speaker = Http1(PLACE, wire.peer)
    for start in range(0, len(whole), size):
        speaker.hear(whole[start : start + size])
    assert wire.said.count(b"HTTP/1.1 200") == 3
    assert [line[-2:] for line in wire.said.split(b"\n") if line.startswith(b"stand-in")] == [
        request.split()[1] for request in requests
    ]


def test_what_a_check_expects_is_for_its_method_and_path() -> None:
    check = HttpAnswer("HEAD", "/up", 204)
    other = HttpAnswer("GET", "/role", 200, (("X-Role", "leader"),), "primary")
    assert said(b"HEAD /up HTTP/1.0\r\n\r\n", check, other).said.startswith(b"HTTP/1.1 204 ")
    assert b"X-Role: leader\r\n" in said(b"GET /role HTTP/1.1\r\n\r\n", check, other).said
    assert said(b"GET /role HTTP/1.1\r\n\r\n", check, other).said.endswith(b"\r\n\r\nprimary")
    both = (check, HttpAnswer("GET", "/up", 503))
    assert said(b"GET /up HTTP/1.1\r\n\r\n", *both).said.startswith(b"HTTP/1.1 503 ")
    assert said(b"GET /up HTTP/1.1\r\n\r\n", check).said.startswith(b"HTTP/1.1 204 ")
    assert said(GET, check, other).said.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("request_", [b"HEAD /a HTTP/1.1\r\n\r\n", b"GET /none HTTP/1.1\r\n\r\n"], ids=["head", "204"])
def test_without_a_body(request_: bytes) -> None:
    assert said(request_, HttpAnswer("GET", "/none", 204)).said.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "request_", [b"GET /a HTTP/1.0\r\n\r\n", b"GET /a HTTP/1.1\r\nConnection: Close\r\n\r\n"], ids=["1.0", "close"]
)
def test_closed_where_the_client_wants_it(request_: bytes) -> None:
    wire = said(request_ + GET)
    assert wire.closed
    assert wire.said.count(b"HTTP/1.1 200") == 1


def test_a_client_that_waits_for_a_go_ahead_gets_it() -> None:
    wire = said(b"PUT /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
    assert wire.take() == b"HTTP/1.1 100 Continue\r\n\r\n"


REFUSED = {
    b"GET /a HTTP/3.0\r\n\r\n": b"400",
    b"GET /a HTTP/1.1\r\nContent-Length: -1\r\n\r\n": b"400",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n": b"400",
    b"GET /" + b"a" * 20000: b"431",
}


@pytest.mark.parametrize("request_", REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_request_ends_the_connection(request_: bytes) -> None:
    wire = said(request_)
    assert wire.said.startswith(b"HTTP/1.1 " + REFUSED[request_])
    assert wire.closed


@given(st.lists(st.binary(max_size=100) | st.sampled_from([GET, POST, CHUNKED, b"\r\n", b"GET "]), max_size=8))
def test_any_bytes_raise_nothing_and_little_is_kept(pieces: list[bytes]) -> None:
    speaker = Http1(PLACE, Wire().peer)
    for piece in pieces:
        speaker.hear(piece)
        assert len(speaker._buffer) <= 16384
