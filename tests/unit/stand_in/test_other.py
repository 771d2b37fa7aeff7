"""PROXY headers, dialogues, DNS, and protocols that are known by their first bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_in import dns, proxy_header
from stand_in.dialogue import Dialogue
from stand_in.other import answer
from stand_in.place import Exchange, Place

from tests.unit.stand_in.talking import Wire

BINARY = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes(12)


@pytest.mark.parametrize(
    "data, end",
    [
        (b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET", 32),
        (b"PROXY TCP4 1.2", None),
        (b"PROXY " + b"x" * 200, 0),
        (BINARY + b"GET", 28),
        (BINARY[:20], None),
        (BINARY[:8], None),
        (BINARY[:14] + b"\0\0", 16),
        (b"\r\n", 0),
        (b"GET / HTTP/1.1", 0),
        (b"\x16\x03\x01", 0),
    ],
)
def test_proxy_headers(data: bytes, end: int | None) -> None:
    assert proxy_header.end(data) == end


EXCHANGES = (Exchange(b"ab", b"1"), Exchange(b"cd", b"2"), Exchange(None, b"3"))


@given(st.integers(1, 6))
def test_a_dialogue_waits_for_what_it_wants_to_hear(size: int) -> None:
    wire = Wire()
    speaker = Dialogue(EXCHANGES, wire.peer)
    assert wire.take() == b""
    for start in range(0, 4, size):
        speaker.hear(b"abcd"[start : start + size])
    assert wire.take() == b"12"
    speaker.hear(b"anything")
    speaker.hear(b"more")
    assert wire.take() == b"33"


def test_a_server_that_speaks_first_does() -> None:
    wire = Wire()
    Dialogue((Exchange(b"", b"220\r\n"), *EXCHANGES), wire.peer)
    assert wire.take() == b"220\r\n"


def test_the_dialogue_is_that_of_the_first_bytes() -> None:
    hello, help_, any_ = ((Exchange(hear, b"x"),) for hear in (b"HELLO", b"HELP", None))
    place = Place("192.0.2.1", 1, dialogues=(hello, help_))
    assert place.dialogue(b"HELLO you") is hello
    assert place.dialogue(b"HEL") is None
    assert Place("192.0.2.1", 1, dialogues=(any_, help_)).dialogue(b"HELP") is help_
    assert place.greeting is None


@pytest.mark.parametrize(
    "data, said",
    [
        (b"*1\r\n$4\r\nPING\r\n", b"+PONG\r\n"),
        (bytes.fromhex("300c020107600702010304008000"), bytes.fromhex("300c02010761070a010004000400")),
        (bytes.fromhex("0000000804d2162f"), b"N"),
        (bytes.fromhex("0000000f00030000") + b"user\0a\0", b"R\0\0\0\x08\0\0\0\0"),
        (b"hello", b"hello"),
    ],
    ids=["redis", "ldap", "pgsql with TLS", "pgsql", "echo"],
)
def test_by_the_first_bytes(data: bytes, said: bytes) -> None:
    assert answer(data) == said


NAMES = {"a.example": ("198.18.1.1", "198.18.1.2"), "six.example": ("2001:db8::1",)}


def query(name: str, kind: int) -> bytes:
    labels = b"".join(bytes([len(each)]) + each.encode() for each in name.split("."))
    return b"\x12\x34\1\0\0\1" + bytes(6) + labels + b"\0" + kind.to_bytes(2, "big") + b"\0\1"


@pytest.mark.parametrize(
    "name, kind, code, addresses",
    [
        ("A.example", 1, 0, ["c6120101", "c6120102"]),
        ("a.example", 28, 0, []),
        ("six.example", 28, 0, ["20010db8000000000000000000000001"]),
        ("b.example", 1, 3, []),
        ("a.example", 33, 0, []),
    ],
)
def test_names_are_told(name: str, kind: int, code: int, addresses: list[str]) -> None:
    asked = query(name, kind)
    said = dns.answer(asked, NAMES)
    assert said
    assert said[:2] == b"\x12\x34"
    assert said[3] & 15 == code
    assert int.from_bytes(said[6:8], "big") == len(addresses)
    assert said[12 : len(asked)] == asked[12:]
    assert all(bytes.fromhex(each) in said[len(asked) :] for each in addresses)


@given(st.binary(max_size=80) | st.builds(lambda end: query("a.example", 1)[:end], st.integers(0, 27)))
def test_any_datagram_raises_nothing(data: bytes) -> None:
    dns.answer(data, NAMES)
