"""A toxic whose request was not answered in time may be there: a Toxiproxy of this test's, behind the node's socket."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from harness.agents.executor import StillInForce
from harness.agents.services.node_files import NodeFiles
from harness.agents.services.toxiproxy import toxics
from harness.model.errors import AgentError
from harness.model.ops import Toxic

OP = Toxic("db-1", "mariadb", "latency", (("latency", 300),))
NAME = f"{toxics.PREFIX}latency-downstream"


class Toxiproxy(socketserver.ThreadingUnixStreamServer):
    """One proxy. `late`: methods whose request has its effect, and gets no answer."""

    daemon_threads = True

    def __init__(self, path: str) -> None:
        self.there: dict[str, object] = {}
        self.late: set[str] = set()
        super().__init__(path, Handler)


class Handler(BaseHTTPRequestHandler):
    server: Toxiproxy

    def address_string(self) -> str:
        return ""

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        proxy = {"name": "mariadb", "listen": "", "upstream": "", "enabled": True}
        toxics = [{"name": name, "type": "latency", "attributes": each} for name, each in self.server.there.items()]
        self._say(200, toxics if self.path.endswith("toxics") else {"mariadb": proxy | {"toxics": toxics}})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked["name"] in self.server.there:
            self._say(409, {"error": "toxic already exists"})
            return
        self.server.there[asked["name"]] = asked["attributes"]
        self._say(200, asked)

    def do_DELETE(self) -> None:
        found = "DELETE" not in self.server.late and self.server.there.pop(self.path.rpartition("/")[2], None)
        self._say(204 if found else 404, {})

    def _say(self, status: int, body: object) -> None:
        if self.command in self.server.late:
            self.close_connection = True
            return
        text = b"" if status == 204 else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@contextmanager
def running(folder: Path) -> Iterator[Toxiproxy]:
    (folder / "run/toxiproxy").mkdir(parents=True)
    with Toxiproxy(f"{folder}{toxics.SOCKET}") as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Toxiproxy]:
    monkeypatch.setattr(NodeFiles, "of", classmethod(lambda cls, _: cls(str(tmp_path))))
    with running(tmp_path) as server:
        yield server


def test_a_toxic_is_added_and_removed(server: Toxiproxy) -> None:
    toxic = toxics.prepare(OP, 1)
    toxic.apply()
    assert server.there == {NAME: {"latency": 300}}
    toxic.undo()
    toxic.undo()
    assert server.there == {}


def test_one_without_an_answer_is_taken_back(server: Toxiproxy) -> None:
    server.late = {"POST"}
    with pytest.raises(AgentError, match="does not answer") as caught:
        toxics.prepare(OP, 1).apply()
    assert (server.there, isinstance(caught.value, StillInForce)) == ({}, False)


def test_one_that_cannot_be_taken_back_is_still_in_force(server: Toxiproxy) -> None:
    toxic = toxics.prepare(OP, 1)
    server.late = {"POST", "DELETE"}
    with pytest.raises(StillInForce):
        toxic.apply()
    server.late = set()
    toxic.undo()
    assert server.there == {}


def test_one_that_is_refused_removes_nothing(server: Toxiproxy) -> None:
    """Of two parts of a plan the second one finds the first one's toxic."""
    toxics.prepare(OP, 1).apply()
    with pytest.raises(AgentError, match="already exists"):
        toxics.Toxicity(OP, 1).apply()
    assert server.there == {NAME: {"latency": 300}}


def test_one_that_reads_back_otherwise_is_taken_back(server: Toxiproxy, monkeypatch: pytest.MonkeyPatch) -> None:
    toxic = toxics.prepare(OP, 1)

    def other(*_: object) -> None:
        raise AgentError("Toxiproxy has another value")

    monkeypatch.setattr(toxics.Toxicity, "_read_back", other)
    with pytest.raises(AgentError, match="another value"):
        toxic.apply()
    assert server.there == {}
