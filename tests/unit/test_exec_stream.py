"""What a stream from a container takes for the engine's own words: that the process did not start."""

import socket
import struct
from types import SimpleNamespace
from typing import Any, cast

import pytest
from docker.errors import NotFound

from harness.lab.exec import ExecStream

REFUSED = b"cannot exec in a stopped state: unknown\r\n"  # moby 20.10, of a container that just stopped


def frame(payload: bytes, stream: int = 1) -> bytes:
    return struct.pack(">BxxxI", stream, len(payload)) + payload


def stream_of(*frames: bytes, running: bool, status: int | None) -> ExecStream:
    """Of an engine that sends these frames, and then the end."""
    ours, engines = socket.socketpair()
    engines.sendall(b"".join(frames))
    engines.close()
    api = SimpleNamespace(
        exec_create=lambda *_, **__: {"Id": "1"},
        exec_start=lambda *_, **__: SimpleNamespace(_sock=ours),
        exec_inspect=lambda _: {"Running": running, "ExitCode": status},
    )
    return ExecStream(cast("Any", SimpleNamespace(client=SimpleNamespace(api=api), id="c", name="agent")), ["socat"])


@pytest.mark.parametrize("status", [126, 127])
def test_the_engines_refusal_is_no_output_of_the_process(status: int) -> None:
    stream = stream_of(frame(REFUSED), running=False, status=status)
    assert stream.read() == b""
    assert stream.stderr == REFUSED


@pytest.mark.parametrize("running, status", [(True, None), (False, 0), (False, 1)])
def test_a_process_that_began_may_end_its_lines_likewise(running: bool, status: int | None) -> None:  # noqa: FBT001
    stream = stream_of(frame(b"HTTP/1.1 200 OK\r\n"), running=running, status=status)
    assert stream.read() == b"HTTP/1.1 200 OK\r\n"


def test_only_the_first_piece_can_be_a_refusal() -> None:
    stream = stream_of(frame(b'{"reply":1}\n'), frame(REFUSED), running=False, status=126)
    assert [stream.read(), stream.read(), stream.read()] == [b'{"reply":1}\n', REFUSED, b""]
    assert stream.stderr == b""


def test_a_process_that_the_engine_has_forgotten_ran() -> None:
    stream = stream_of(frame(REFUSED), running=False, status=126)

    def forgotten() -> dict[str, object]:
        raise NotFound("no such exec")

    stream._state = forgotten
    assert stream.read() == REFUSED
