"""The bench of a call's links: ratios within one round, and a client that asks as soon as it is answered."""

import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from harness.bench import closed_loop
from harness.bench.parts.chain import Round, figures


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/me" else 503)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server.server_port
        server.shutdown()


def ask(port: int, path: str) -> subprocess.CompletedProcess[str]:
    """As a container is asked: the file's text alone."""
    script, url = Path(closed_loop.__file__).read_text(), f"http://127.0.0.1:{port}{path}"
    command = [sys.executable, "-c", script, url, "t", "4", "0.2"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_answers_are_counted(port: int) -> None:
    done = ask(port, "/me")
    assert (done.returncode, done.stderr) == (0, "")
    assert float(done.stdout) > 20


def test_an_error_is_no_answer(port: int) -> None:
    done = ask(port, "/gone")
    assert done.returncode == 1
    assert "HTTP/1.1 503" in done.stderr


@pytest.mark.parametrize(
    "got, whole",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", True),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab", False),
        (b"HTTP/1.1 200 OK\r\nContent-Le", False),
    ],
)
def test_an_answer_is_whole_by_its_length(got: bytes, *, whole: bool) -> None:
    assert closed_loop.whole(got) == whole


def test_ratios_are_taken_within_a_round() -> None:
    """The machine was twice as fast in the second: no ratio changes."""
    slow, fast = Round(4000, 2000, 1000, 1500, 2000), Round(8000, 4000, 2000, 3000, 4000)
    ratios = {figure.what: figure.values for figure in figures([slow, fast]) if not figure.unit}
    assert [(value["min"], value["max"]) for value in ratios.values()] == [(0.5, 0.5), (0.5, 0.5), (0.75, 0.75)]
