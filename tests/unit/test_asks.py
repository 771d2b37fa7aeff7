"""What a vantage point with `asks` sends, over real sockets, and as what each answer counts."""

import select
import socket
import ssl
import struct
from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.model.endpoint import endpoint
from harness.model.load import BACKGROUND, CONNECTED, HEALTH, PROBE, StreamSetting
from harness.model.requests import Outcome
from harness.model.units import ms, s
from locustfiles.background import Background
from locustfiles.connected import Connected
from locustfiles.connection import Connection
from locustfiles.health import Health
from locustfiles.line import QUESTION, exchange
from locustfiles.probe import Probe
from locustfiles.sink import Sink
from locustfiles.stream import Result, Stream
from locustfiles.vantage_point import VantagePoint
from tests.frontend import ANSWER, Frontend, Http, Serve, Tls, context, echo, silent

SETTINGS = {Probe: PROBE, Background: BACKGROUND, Health: HEALTH, Connected: CONNECTED}
STREAMS = pytest.mark.parametrize("kind", SETTINGS, ids=lambda kind: kind.__name__)
SERVED = Result(Outcome.ok, 200, 2, 1)
SOON = replace(PROBE, read_timeout_ns=300 * ms)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    return context(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def sink(tmp_path: Path) -> Sink:
    return Sink(tmp_path / "requests.rec")


def vantage(frontend: Frontend, url: str, expects: int | None = None) -> VantagePoint:
    """`url` with PORT in the place of the frontend's."""
    asks = endpoint(url.replace("PORT", str(frontend.port)), expects)
    return VantagePoint("customer-1", 1, ("127.0.0.1", asks.port), {b"lb-b": 2}, {b"api-a": 1}, asks)


@STREAMS
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_each_stream_asks_what_its_vantage_point_asks(
    kind: type[Stream], scheme: str, sink: Sink, certificate: ssl.SSLContext
) -> None:
    """Whatever path it has elsewhere; the site gets no token of the lab's own API."""
    http = Http(ANSWER.replace(b"200", b"401"))
    with Frontend(Tls(certificate, http) if scheme == "https" else http) as frontend:
        stream = kind(vantage(frontend, f"{scheme}://www.example.com:PORT/ready?x=1", 401), sink)
        assert [stream.request(SETTINGS[kind]) for _ in range(2)] == [SERVED._replace(status=401)] * 2
        assert frontend.connections == (1 if kind is Connected else 2)
    for asked in http.asked:
        assert asked.startswith("GET /ready?x=1 HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: ")
        assert "Authorization" not in asked
    assert len(http.asked) == 2


@pytest.mark.parametrize("host, named", [("www.example.com", "www.example.com"), ("10.77.0.100", None)])
def test_the_name_of_the_handshake_is_the_host_unless_it_is_an_address(
    host: str, named: str | None, sink: Sink, certificate: ssl.SSLContext
) -> None:
    tls = Tls(certificate, Http())
    with Frontend(tls) as frontend:
        assert Probe(vantage(frontend, f"https://{host}:PORT"), sink).request(PROBE) == SERVED
    assert tls.names == [named]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_either_version_of_tls_is_spoken(version: ssl.TLSVersion, tmp_path: Path, sink: Sink) -> None:
    only = context(tmp_path)
    only.minimum_version = only.maximum_version = version
    with Frontend(Tls(only, Http())) as frontend:
        stream = Connected(vantage(frontend, "https://www.example.com:PORT"), sink)
        assert [stream.request(CONNECTED) for _ in range(3)] == [SERVED] * 3
        assert frontend.connections == 1


def test_answer_of_many_records_is_read_to_its_end(sink: Sink, certificate: ssl.SSLContext) -> None:
    long = ANSWER.replace(b"Content-Length: 2", b"Content-Length: 300000").replace(b"ok", b"x" * 300_000)
    with Frontend(Tls(certificate, Http(long))) as frontend:
        stream = Connected(vantage(frontend, "https://www.example.com:PORT"), sink)
        assert [stream.request(CONNECTED) for _ in range(2)] == [SERVED] * 2
        assert frontend.connections == 1


def hang_up(connection: socket.socket) -> None:
    """As HAProxy does where no server is up. Unread bytes would make it a reset."""
    connection.recv(65536)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def alert(connection: socket.socket) -> None:
    """As HAProxy with ``strict-sni`` answers a name without a certificate: fatal, unrecognized_name."""
    connection.recv(65536)
    connection.sendall(b"\x15\x03\x03\x00\x02\x02\x70")
    silent(connection)


def plain(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    silent(connection)


@STREAMS
@pytest.mark.parametrize(
    "serve, outcome",
    [
        (hang_up, Outcome.eof),
        (reset, Outcome.reset),
        (alert, Outcome.http_error),
        (plain, Outcome.http_error),
        (silent, Outcome.read_timeout),
    ],
)
def test_a_handshake_that_fails_is_a_failure_of_the_answer(
    kind: type[Stream], serve: Serve, outcome: Outcome, sink: Sink
) -> None:
    """A balancer that hangs is a read timeout, as without TLS: its kernel still accepts."""
    with Frontend(serve) as frontend:
        stream = kind(vantage(frontend, "https://www.example.com:PORT"), sink)
        assert stream.request(SOON) == Result(outcome)


def test_handshake_and_answer_have_one_timeout_together(sink: Sink, certificate: ssl.SSLContext) -> None:
    """The time that a step waits for outcomes counts on it."""
    with Frontend(Tls(certificate, silent)) as frontend:
        assert Probe(vantage(frontend, "https://a.example:PORT"), sink).request(SOON) == Result(Outcome.read_timeout)


def test_end_without_close_notify_is_an_end(sink: Sink, certificate: ssl.SSLContext) -> None:
    def cut(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(ANSWER[:-1])  # and the thread closes the socket without ending TLS

    with Frontend(Tls(certificate, cut)) as frontend:
        assert Probe(vantage(frontend, "https://www.example.com:PORT"), sink).request(PROBE) == Result(Outcome.eof)


def test_body_without_length_ends_with_its_connection_in_tls_too(sink: Sink, certificate: ssl.SSLContext) -> None:
    def old(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nok")

    with Frontend(Tls(certificate, old)) as frontend:
        asked = vantage(frontend, "https://www.example.com:PORT")
        assert Probe(asked, sink).request(PROBE) == Result(Outcome.ok, 200)


def greet(connection: socket.socket) -> None:
    connection.sendall(b"220 stand-in ESMTP\r\n")
    silent(connection)


@STREAMS
@pytest.mark.parametrize("serve", [echo, greet])
def test_a_byte_in_return_is_served(kind: type[Stream], serve: Serve, sink: Sink) -> None:
    with Frontend(serve) as frontend:
        assert kind(vantage(frontend, "tcp://db.example.com:PORT"), sink).request(SOON) == Result(Outcome.ok)


def test_a_greeting_that_came_before_the_question_counts(sink: Sink) -> None:
    with Frontend(greet) as frontend:
        connection = Connection(("127.0.0.1", frontend.port), s)
        select.select([connection._socket.fileno()], [], [])
        assert exchange(connection, 300 * ms) == Result(Outcome.ok)
        connection.close()


def test_what_is_asked_by_tcp_is_one_line(sink: Sink) -> None:
    http = Http(b".")
    with Frontend(http) as frontend:
        Probe(vantage(frontend, "tcp://db.example.com:PORT"), sink).request(replace(PROBE, mix=("GET /me",)))
    assert http.asked == [QUESTION.decode()] == ["stand-in?\r\n"]


@STREAMS
@pytest.mark.parametrize(
    "serve, outcome", [(hang_up, Outcome.eof), (reset, Outcome.reset), (silent, Outcome.read_timeout)]
)
def test_an_accepted_connection_without_a_byte_is_not_served(
    kind: type[Stream], serve: Serve, outcome: Outcome, sink: Sink
) -> None:
    with Frontend(serve) as frontend:
        assert kind(vantage(frontend, "tcp://db.example.com:PORT"), sink).request(SOON) == Result(outcome)


def test_rest_of_an_answer_is_no_answer_to_the_next_question(sink: Sink) -> None:
    """A server that answers once, at length, and then hangs."""

    def once(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"x" * 100_000)
        silent(connection)

    with Frontend(once) as frontend:
        stream = Connected(vantage(frontend, "tcp://db.example.com:PORT"), sink)
        assert [stream.request(SOON).outcome for _ in range(2)] == [Outcome.ok, Outcome.read_timeout]
        assert frontend.connections == 1


def test_a_kept_connection_that_ended_meanwhile_is_a_failure(sink: Sink) -> None:
    def once(connection: socket.socket) -> None:
        connection.sendall(connection.recv(65536))

    with Frontend(once) as frontend:
        stream = Connected(vantage(frontend, "tcp://db.example.com:PORT"), sink)
        outcomes = [stream.request(replace(SOON, read_timeout_ns=s)).outcome for _ in range(4)]
        assert (outcomes[0], outcomes[2]) == (Outcome.ok, Outcome.ok)
        assert {outcomes[1], outcomes[3]} <= {Outcome.eof, Outcome.reset}
        assert frontend.connections == 2


def test_a_mix_and_a_target_of_the_stream_still_count(sink: Sink, certificate: ssl.SSLContext) -> None:
    """The kind and the host stay the vantage point's; a line's status is the stream's, and its token too."""
    http = Http(ANSWER)
    with Frontend(Tls(certificate, http)) as frontend:
        elsewhere = vantage(frontend, "https://www.example.com:9/ready", 401)
        setting = StreamSetting(rate_hz=1, mix=("POST /token",), target=f":{frontend.port}")
        assert Probe(elsewhere, sink).request(setting) == SERVED
    (asked,) = http.asked
    assert asked.startswith("POST /token HTTP/1.1\r\nHost: www.example.com\r\nAuthorization: Bearer ")
