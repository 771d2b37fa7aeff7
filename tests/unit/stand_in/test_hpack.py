"""Header fields of HTTP/2: the examples of RFC 7541, and what no encoder sends."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_in import huffman
from stand_in.hpack import Decoder, encode

CODED = {
    "www.example.com": "f1e3c2e5f23a6ba0ab90f4ff",
    "no-cache": "a8eb10649cbf",
    "custom-value": "25a849e95bb8e8b4bf",
    "Mon, 21 Oct 2013 20:13:21 GMT": "d07abe941054d444a8200595040b8166e082a62d1bff",
    "https://www.example.com": "9d29ad171863c78f0b97c8e9ae82ae43d3",
}
REQUESTS = (  # C.4: three on one connection, each with what the ones before left in the table
    "828684418cf1e3c2e5f23a6ba0ab90f4ff",
    "828684be5886a8eb10649cbf",
    "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
)


@pytest.mark.parametrize("text", CODED)
def test_huffman(text: str) -> None:
    assert huffman.decode(bytes.fromhex(CODED[text])) == text.encode()


def test_every_byte_has_a_code() -> None:
    """And no code is the beginning of another: the lengths fill the tree."""
    assert len(huffman._CODES) == 257
    assert sum(2.0**-length for length, _ in huffman._CODES) == 1


@pytest.mark.parametrize("code", ["ffffffff", "0000", "f1e3c2e5f23a6ba0ab90f400"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="Huffman"):
        huffman.decode(bytes.fromhex(code))


def test_requests_of_one_connection() -> None:
    decoder = Decoder()
    first, second, third = (dict(decoder.decode(bytes.fromhex(each))) for each in REQUESTS)
    assert first == {":method": "GET", ":scheme": "http", ":path": "/", ":authority": "www.example.com"}
    assert second == first | {"cache-control": "no-cache"}
    assert third == first | {":scheme": "https", ":path": "/index.html", "custom-key": "custom-value"}


@given(st.lists(st.tuples(st.text("abc-", min_size=1), st.text(st.characters(max_codepoint=255), max_size=400))))
def test_what_is_written_can_be_read(fields: list[tuple[str, str]]) -> None:
    assert Decoder().decode(encode(fields)) == fields


def test_the_table_keeps_its_size_whatever_the_client_wants() -> None:
    decoder = Decoder()
    decoder.decode(bytes.fromhex("3fe1ff03"))  # 65,536 bytes
    for _ in range(4):
        decoder.decode(b"\x40\1a\x7f\x81\x0f" + b"v" * 2048)
    assert len(decoder._table) == 1


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_any_bytes_are_headers_or_refused_and_the_table_stays_small(blocks: list[bytes]) -> None:
    decoder = Decoder()
    for block in blocks:
        with contextlib.suppress(ValueError, IndexError):
            decoder.decode(block)
        assert sum(len(name) + len(value) + 32 for name, value in decoder._table) <= 4096
