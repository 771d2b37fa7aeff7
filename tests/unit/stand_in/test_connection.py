"""The stand-in's connections over real sockets: what comes first decides what is spoken."""

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_in import tls
from stand_in.connection import Connection, Listener
from stand_in.place import Exchange, Place

PLACE: Final = Place("127.0.0.1", 0)
GREETING: Final = (Exchange(b"", b"220 hello\r\n"), Exchange(None, b"250 yes\r\n"))
PROXY: Final = b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"
GET: Final = b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
NAME: Final = "tls.site.example"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made as compose/certificate/Dockerfile makes it."""
    folder = tmp_path_factory.mktemp("certificate")
    key, certificate, both = folder / "key.pem", folder / "certificate.pem", folder / "both.pem"
    kind = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=stand-in",
    ]
    command = ["openssl", "req", "-x509", *kind, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    both.write_text(certificate.read_text() + key.read_text())
    return both


@asynccontextmanager
async def standing(place: Place, authority: Path, most: int = 100) -> AsyncIterator[tuple[Listener, int]]:
    """The listener, and the port that the kernel chose."""
    shared = Listener({"127.0.0.1": "lb1"}, tls.context(tls.certified(authority, (NAME,))), most)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(place, shared), "127.0.0.1", 0)
    async with server:
        yield shared, server.sockets[0].getsockname()[1]


def talk(place: Place, authority: Path, body: Callable[[Listener, int], Awaitable[bytes]]) -> bytes:
    async def all_of_it() -> bytes:
        async with asyncio.timeout(10):
            async with standing(place, authority) as (shared, port):
                return await body(shared, port)

    return asyncio.run(all_of_it())


def says(
    sent: bytes, until: bytes, *, context: ssl.SSLContext | None = None
) -> Callable[[Listener, int], Awaitable[bytes]]:
    """What comes after `sent`, up to and with `until`."""

    async def body(_shared: Listener, port: int) -> bytes:
        name = NAME if context else None
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
        writer.write(sent)
        said = await reader.readuntil(until)
        writer.close()
        return said

    return body


def trusting(authority: Path, *protocols: str) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=str(authority))
    if protocols:
        made.set_alpn_protocols(list(protocols))
    return made


def test_a_silent_client_gets_a_banner_where_there_is_one(authority: Path) -> None:
    assert talk(replace(PLACE, banner=True), authority, says(b"", b"\n")) == b"stand-in 127.0.0.1:0\n"


def test_a_client_that_speaks_gets_no_banner(authority: Path) -> None:
    assert talk(replace(PLACE, banner=True), authority, says(b"hello\n", b"\n")) == b"hello\n"


@pytest.mark.parametrize("before", [b"", PROXY], ids=["plain", "proxied"])
def test_http_names_the_balancer_by_its_address(authority: Path, before: bytes) -> None:
    said = talk(replace(PLACE, proxied=bool(before)), authority, says(before + GET, b"GET /a\n"))
    assert b"X-LB-Node: lb1\r\n" in said


@pytest.mark.parametrize("before", [b"", PROXY], ids=["plain", "proxied"])
def test_a_server_that_speaks_first_greets_and_goes_on(authority: Path, before: bytes) -> None:
    place = replace(PLACE, dialogues=(GREETING,), proxied=bool(before))
    assert talk(place, authority, says(before, b"\r\n")) == b"220 hello\r\n"
    assert talk(place, authority, says(before + b"EHLO x\r\n", b"yes\r\n")) == b"220 hello\r\n250 yes\r\n"


def test_a_place_that_may_be_proxied_greets_without_a_header_too(authority: Path) -> None:
    """The port of a check need not have what traffic has."""
    assert talk(replace(PLACE, dialogues=(GREETING,), proxied=True), authority, says(b"", b"\r\n")) == b"220 hello\r\n"


def test_inside_tls_all_is_as_outside(authority: Path) -> None:
    """The certificate has the names that a balancer verifies, and the authority is the one that it trusts."""
    trusted = trusting(authority)
    place = replace(PLACE, tls=True)
    assert b"X-LB-Node: lb1" in talk(place, authority, says(GET, b"GET /a\n", context=trusted))
    banner = replace(place, banner=True)
    assert talk(banner, authority, says(b"", b"\n", context=trusted)) == b"stand-in 127.0.0.1:0\n"
    greeting = replace(place, dialogues=(GREETING,))
    assert talk(greeting, authority, says(b"EHLO x\r\n", b"yes\r\n", context=trusted)) == b"220 hello\r\n250 yes\r\n"


def test_http_2_is_offered(authority: Path) -> None:
    async def body(_shared: Listener, port: int) -> bytes:
        context = trusting(authority, "h2")
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=NAME)
        chosen = str(writer.get_extra_info("ssl_object").selected_alpn_protocol())
        writer.close()
        return chosen.encode()

    assert talk(PLACE, authority, body) == b"h2"


def test_the_hello_of_an_old_check_is_answered(authority: Path) -> None:
    hello = b"\x16\x03\x00\x00\x04" + bytes(4)
    assert talk(PLACE, authority, says(hello, b"\x28")) == tls.REFUSED


def test_an_agent_is_up(authority: Path) -> None:
    assert talk(replace(PLACE, agent=True), authority, says(b"", b"\n")) == b"up ready 100%\n"


def test_an_echo_waits_for_a_client_that_does_not_read(authority: Path) -> None:
    """What is kept is bounded: the client cannot send more than sockets and one buffer hold."""

    async def body(_shared: Listener, port: int) -> bytes:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < 100_000_000:
                writer.write(b"x" * 1_000_000)
                sent += 1_000_000
                await asyncio.wait_for(writer.drain(), 0.5)
        writer.transport.abort()
        return str(sent).encode()

    assert int(talk(PLACE, authority, body)) < 100_000_000


def test_more_connections_than_allowed_are_closed_and_the_count_goes_down_again(authority: Path) -> None:
    async def body() -> None:
        async with standing(PLACE, authority, most=2) as (shared, port), asyncio.timeout(10):
            open_: list[Streams] = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            with contextlib.suppress(ConnectionError):
                assert await open_[2][0].read() == b""
            open_[0][1].close()
            while shared.connections != 1:  # noqa: ASYNC110 - the loop has to notice, and tells no one
                await asyncio.sleep(0)
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"still here\n")
            assert await reader.readline() == b"still here\n"
            for each in (open_[1][1], open_[2][1], writer):
                each.transport.abort()

    asyncio.run(body())


HOSTILE: Final = st.lists(
    st.binary(max_size=200)
    | st.sampled_from([GET, PROXY, b"\x16\x03\x01", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\r\n\r\n\0"]),
    max_size=5,
)


@given(HOSTILE)
@settings(max_examples=60, deadline=None)
def test_whatever_one_client_sends_the_next_one_is_served(authority: Path, pieces: list[bytes]) -> None:
    async def body(_shared: Listener, port: int) -> bytes:
        _, hostile = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                hostile.write(piece)
                await hostile.drain()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET)
        said = await reader.read()
        hostile.transport.abort()
        writer.close()
        return said

    problems: list[object] = []

    async def watched(shared: Listener, port: int) -> bytes:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
        return await body(shared, port)

    assert talk(PLACE, authority, watched).startswith(b"HTTP/1.1 200 ")
    assert not problems
