"""What counts as an answer: the status that was expected, and the response to its end."""

from collections.abc import Sequence

import pytest

from harness.lab.load import LoadControl
from harness.model.load import StreamSetting
from harness.model.requests import Outcome, Stream
from harness.model.units import ms
from tests.frontend import ANSWER
from tests.lab.load.rig import Records, Rig, run_all
from tests.lab.load.server import Server

STREAMS = (Stream.probe, Stream.connected, Stream.background, Stream.health)
HEAD = b"HTTP/1.1 200 OK\r\nX-LB-Node: lb-b\r\nX-API-Node: api-a\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def records(rig: Rig, control: LoadControl, server: Server, stream: Stream, **setting: object) -> Records:
    return of_all(rig, control, server, (stream,), **setting)[stream]


def of_all(
    rig: Rig, control: LoadControl, server: Server, streams: Sequence[Stream] = STREAMS, **setting: object
) -> dict[Stream, Records]:
    """The records of each stream, of 0.3 s at 40 a second; all at once."""
    asked = StreamSetting(rate_hz=40, target=server.target, **setting)  # type: ignore[arg-type]
    found = run_all(rig, control, dict.fromkeys(streams, asked), 0.3)
    assert min(map(len, found.values())) >= 5
    return found


@pytest.mark.parametrize("status", [301, 403, 404, 429, 503])
def test_whoever_is_denied_is_not_served(rig: Rig, control: LoadControl, server: Server, status: int) -> None:
    """Whichever stream asks."""
    server.answer = ANSWER.replace(b"200", str(status).encode())
    for stream, found in of_all(rig, control, server).items():
        assert (set(found["outcome"]), set(found["status"])) == ({Outcome.http_error}, {status}), stream
        assert (set(found["balancer"]), set(found["api"])) == ({2}, {1}), stream


def test_status_that_is_expected_is_right(rig: Rig, control: LoadControl, server: Server) -> None:
    server.answer = ANSWER.replace(b"200", b"201")
    found = records(rig, control, server, Stream.background, mix=("POST /token 201", "GET /me"))
    right = found["outcome"] == Outcome.ok
    assert abs(int(right.sum()) - int((~right).sum())) <= 1
    assert set(found["outcome"]) == {Outcome.ok, Outcome.http_error}
    assert set(found["status"]) == {201}


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_chunked_body_is_read_to_its_end(rig: Rig, control: LoadControl, server: Server, stream: Stream) -> None:
    """So that a kept connection can be used again."""
    server.answer = CHUNKED + b"2\r\nok\r\n0\r\n\r\n"
    found = records(rig, control, server, stream)
    assert (set(found["outcome"]), set(found["status"])) == ({Outcome.ok}, {200})
    assert server.connections == (1 if stream == Stream.connected else len(found))


@pytest.mark.parametrize(
    "cut",
    [
        pytest.param(HEAD, id="head"),
        pytest.param(HEAD + b"Content-Length: 3\r\n\r\nok", id="body"),
        pytest.param(CHUNKED + b"2\r\nok\r\n", id="chunks"),
    ],
)
def test_response_that_is_cut_off_is_none(rig: Rig, control: LoadControl, server: Server, cut: bytes) -> None:
    server.answer, server.closes = cut, True
    for stream, found in of_all(rig, control, server).items():
        assert set(found["outcome"]) == {Outcome.eof}, stream


def test_response_that_does_not_end_is_a_timeout(rig: Rig, control: LoadControl, server: Server) -> None:
    server.answer = CHUNKED + b"2\r\nok\r\n"
    found = records(rig, control, server, Stream.probe, read_timeout_ns=500 * ms)
    assert set(found["outcome"]) == {Outcome.read_timeout}


def test_garbage_is_no_answer(rig: Rig, control: LoadControl, server: Server) -> None:
    server.answer = b"SSH-2.0-OpenSSH_9.2\r\n\r\n"
    found = records(rig, control, server, Stream.probe)
    assert (set(found["outcome"]), set(found["status"])) == ({Outcome.http_error}, {0})
