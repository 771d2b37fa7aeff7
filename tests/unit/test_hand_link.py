"""What the eye hears of the hand: which nodes are wired, and nothing else; what it misses ends it."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from harness.agents.loop import Loop
from harness.agents.network import hand_link as module
from harness.agents.network.hand_link import HandLink
from harness.model.errors import AgentError
from harness.model.events import AnyEvent, EventsLost, Marked, Unwired, Wired, encode
from harness.model.protocol import Done
from harness.model.units import ms

WIRED, UNWIRED = Wired(5, "gw-1", 99, 7), Unwired(6, "gw-1")


class Hand:
    """Listens, and says what a test lets it say."""

    def __init__(self, path: Path) -> None:
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()

    def accept(self) -> socket.socket:
        connection, _ = self.listener.accept()
        return connection


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Hand]:
    made = Hand(tmp_path / "hand.sock")
    yield made
    made.listener.close()


@pytest.fixture
def heard() -> list[AnyEvent]:
    return []


@pytest.fixture
def linked(hand: Hand, tmp_path: Path, heard: list[AnyEvent]) -> Iterator[tuple[Loop, socket.socket]]:
    loop = Loop()
    HandLink(loop, tmp_path / "hand.sock", heard.append).open()
    with hand.accept() as connection:
        yield loop, connection


def test_it_subscribes_and_passes_on_what_is_wired(linked: tuple[Loop, socket.socket], heard: list[AnyEvent]) -> None:
    """Also a line that comes in two pieces. Marks, replies and kinds that it does not know are nothing to it."""
    loop, connection = linked
    assert msgspec.json.decode(connection.recv(999)) == {"id": 1, "ask": "subscribe"}
    others = [encode(Marked(1, "x")), msgspec.json.encode(Done(1, 5)), b'{"event":"tea_ready"}']
    said = b"".join(line + b"\n" for line in [encode(WIRED), *others, encode(UNWIRED)])
    for piece in (said[:20], said[20:]):
        connection.sendall(piece)
        loop.turn(100 * ms)
    assert heard == [WIRED, UNWIRED]


def test_without_the_hand_it_ends(linked: tuple[Loop, socket.socket]) -> None:
    loop, connection = linked
    connection.close()
    with pytest.raises(EOFError, match="the hand closed the connection"):
        loop.turn(100 * ms)


def test_an_eye_that_missed_a_word_ends(linked: tuple[Loop, socket.socket]) -> None:
    """The next one is told all that is wired."""
    loop, connection = linked
    connection.sendall(encode(EventsLost(5, "hand", 3)) + b"\n")
    with pytest.raises(AgentError, match="3 events of the hand are lost"):
        loop.turn(100 * ms)


def test_a_hand_that_is_still_starting_is_waited_for(tmp_path: Path, heard: list[AnyEvent]) -> None:
    path = tmp_path / "hand.sock"
    stale = Hand(path)  # of an earlier life: the file is there, nothing listens
    stale.listener.close()
    opening = threading.Thread(target=HandLink(Loop(), path, heard.append).open, daemon=True)
    opening.start()
    path.unlink()
    late = Hand(path)
    with late.accept() as connection:
        assert connection.recv(999)
        opening.join(5)
    assert not opening.is_alive()
    late.listener.close()


def test_one_that_never_comes_is_an_error(
    tmp_path: Path, heard: list[AnyEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.05)
    with pytest.raises(FileNotFoundError):
        HandLink(Loop(), tmp_path / "hand.sock", heard.append).open()
