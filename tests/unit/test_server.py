"""Lines in, lines out, over a real socket; a client that does not read loses its events, never the agent its time."""

import socket
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from harness.agents import server as module
from harness.agents.loop import Loop
from harness.agents.server import Client, Server
from harness.model.events import Marked
from harness.model.protocol import AnyAsk, Done, Hello, Subscribe
from harness.model.units import ms


class Lab:
    """A server that agrees to everything, and its loop."""

    def __init__(self, path: Path) -> None:
        self.loop = Loop()
        self.gone: list[Client] = []
        self.server = Server(self.loop, path, self.answer, self.gone.append)
        self.server.open()
        self.path = path

    def answer(self, client: Client, ask: AnyAsk) -> None:
        client.subscribed = client.subscribed or isinstance(ask, Subscribe)
        self.server.tell(client, Done(ask.id, 1))

    def connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self.path))
        connection.settimeout(5)
        self.turn()
        return connection

    def turn(self) -> None:
        for _ in range(3):
            self.loop.turn(ms)

    def ask(self, connection: socket.socket, line: bytes) -> bytes:
        connection.sendall(line)
        self.turn()
        return connection.recv(1 << 20)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path / "hand.sock")
    yield made
    made.server.close()


def test_a_request_that_comes_in_pieces(lab: Lab) -> None:
    with lab.connect() as connection:
        line = msgspec.json.encode(Hello(7)) + b"\n"
        connection.sendall(line[:5])
        lab.turn()
        assert lab.ask(connection, line[5:]) == b'{"reply":"done","id":7,"t":1,"left":[]}\n'


@pytest.mark.parametrize(
    "line, number",
    [
        (b'{"ask":"nonsense","id":3}\n', 3),
        (b'{"ask":"mark","id":4}\n', 4),
        (b"{\n", 0),
        (b'{"ask":"mark","id":5,"name":"\xff"}\n', 5),
        (b'{"\xff":1}\n', 0),
    ],
)
def test_nonsense_is_refused_with_its_number(lab: Lab, line: bytes, number: int) -> None:
    with lab.connect() as connection:
        reply = msgspec.json.decode(lab.ask(connection, line))
        assert (reply["reply"], reply["id"], reply["kind"]) == ("refused", number, "usage")


def test_events_and_replies_keep_their_order(lab: Lab) -> None:
    with lab.connect() as connection:
        lab.ask(connection, b'{"ask":"subscribe","id":1}\n')
        lab.server.emit(Marked(5, "step"))
        told = lab.ask(connection, b'{"ask":"hello","id":2}\n').splitlines()
        assert [b'"event":"marked"' in told[0], b'"id":2' in told[1]] == [True, True]


def test_only_subscribers_are_told(lab: Lab) -> None:
    with lab.connect() as connection:
        lab.server.emit(Marked(5, "step"))
        assert b"marked" not in lab.ask(connection, b'{"ask":"hello","id":2}\n')


def numbers(lines: list[bytes]) -> list[int]:
    """The serial numbers of the events among these lines."""
    return [msgspec.json.decode(line).get("serial", 0) for line in lines if line.startswith(b'{"event"')]


def test_every_subscriber_gets_the_same_number_for_the_same_event(lab: Lab) -> None:
    """One that joins late sees no hole from its first live event on; what is told to one client has no number."""
    with lab.connect() as first, lab.connect() as late:
        lab.server.emit(Marked(1, "nobody hears this"))
        lab.ask(first, b'{"ask":"subscribe","id":1}\n')
        lab.server.emit(Marked(2, "one hears this"))
        lab.ask(late, b'{"ask":"subscribe","id":1}\n')
        client = list(lab.server._clients.values())[1]
        lab.server.tell(client, Marked(3, "baseline"))
        for t in (4, 5):
            lab.server.emit(Marked(t, "both hear this"))
        assert numbers(lab.ask(first, b'{"ask":"hello","id":2}\n').splitlines()) == [2, 3, 4]
        told = lab.ask(late, b'{"ask":"hello","id":2}\n').splitlines()
        assert numbers(told) == [0, 3, 4]
        assert msgspec.json.decode(told[1])["told_by"] == "hand"


def test_end_of_file_is_noticed(lab: Lab) -> None:
    connection = lab.connect()
    connection.shutdown(socket.SHUT_WR)  # what socat does when its client dies
    lab.turn()
    assert len(lab.gone) == 1
    connection.close()


def test_a_client_that_does_not_read_is_told_how_much_it_missed(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACKLOG", 20_000)
    with lab.connect() as connection:
        lab.ask(connection, b'{"ask":"subscribe","id":1}\n')
        for number in range(20_000):
            lab.server.emit(Marked(number, "x" * 50))
            if number % 100 == 0:
                lab.loop.turn(0)
        received = b""
        while b'"event":"lost"' not in received:
            received += connection.recv(1 << 20)
            lab.turn()
        lines = received.splitlines()
        seen = sum(b'"event":"marked"' in line for line in lines)
        lost = next(msgspec.json.decode(line) for line in lines if b'"event":"lost"' in line)
        assert (seen + lost["count"], lost["source"]) == (20_000, "hand")
        lab.server.emit(Marked(20_000, "after"))
        after = lab.ask(connection, b'{"ask":"hello","id":8}\n').splitlines()
        serials = [number for number in numbers([*lines, *after]) if number]
        holes = [next_ - number - 1 for number, next_ in pairwise(serials)]
        assert (serials[0], serials[-1], sum(holes)) == (1, 20_001, lost["count"]), "what was dropped shows as holes"
        assert b'"id":9' in lab.ask(connection, b'{"ask":"hello","id":9}\n')
