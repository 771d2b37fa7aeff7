"""The client of an agent: whatever ends its stream, nobody waits in vain, and nothing is held for who cannot ask."""

import threading
import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue

import msgspec
import pytest

from harness.lab import agent as module
from harness.lab.agent import AgentClient
from harness.model.errors import AgentError
from harness.model.events import AnyEvent, Marked
from harness.model.protocol import Done


class Line:
    """A stream to an agent that says what a test lets it say."""

    stderr = b""

    def __init__(self) -> None:
        self.told: SimpleQueue[bytes] = SimpleQueue()
        self.asked: SimpleQueue[bytes] = SimpleQueue()
        self.closed = threading.Event()

    def write(self, data: bytes) -> None:
        self.asked.put(data)

    def read(self) -> bytes:
        return self.told.get()

    def close(self) -> None:
        self.closed.set()
        self.told.put(b"")

    def answer(self) -> None:
        """The next ask, with its fields in another order than msgspec writes them."""
        ask = msgspec.json.decode(self.asked.get(timeout=5))
        self.told.put(b'{"id":%d,"t":7,"reply":"done"}\n' % ask["id"])


@pytest.fixture
def line() -> Iterator[Line]:
    opened = Line()
    yield opened
    opened.close()


@pytest.fixture
def uncaught(monkeypatch: pytest.MonkeyPatch) -> SimpleQueue[BaseException | None]:
    """What ended a thread: the recorder's hook ends the whole process with it."""
    seen: SimpleQueue[BaseException | None] = SimpleQueue()
    monkeypatch.setattr(threading, "excepthook", lambda failed: seen.put(failed.exc_value))
    return seen


def background(call: Callable[[], object]) -> SimpleQueue[object]:
    """What `call()` returns or raises, once it has."""
    result: SimpleQueue[object] = SimpleQueue()

    def run() -> None:
        try:
            result.put(call())
        except AgentError as error:
            result.put(error)

    threading.Thread(target=run, daemon=True).start()
    return result


def test_a_reply_is_one_wherever_its_fields_stand(line: Line) -> None:
    client = AgentClient("eye", line)
    marked = background(lambda: client.mark("here"))
    line.answer()
    assert marked.get(timeout=5) == 7


def test_numbers_of_events_are_passed_through(line: Line) -> None:
    seen: SimpleQueue[AnyEvent] = SimpleQueue()
    AgentClient("eye", line, seen.put)
    line.told.put(b'{"event":"marked","t":5,"name":"x","told_by":"eye","serial":9}\n')
    assert seen.get(timeout=5) == Marked(5, "x", told_by="eye", serial=9)


@pytest.mark.parametrize(
    "word",
    [b'{"event":"op_applied","t":1,"op":{"op":"unheard of"}}', b"nonsense", b'{"reply":"maybe","id":1}', b"\xff"],
    ids=["an op of a newer version", "no JSON", "an unknown reply", "no text"],
)
def test_a_line_that_is_not_understood_ends_the_client_with_a_plain_word(
    line: Line, uncaught: SimpleQueue[BaseException | None], word: bytes
) -> None:
    client = AgentClient("service", line, lambda _: None)
    asked = background(lambda: client.mark("here"))
    line.asked.get(timeout=5)
    line.told.put(word + b"\n")
    problem = asked.get(timeout=5)
    assert isinstance(problem, AgentError)
    assert "service sent a line that this version of the harness cannot decode" in str(problem)
    assert "harness up" in str(problem)
    assert client.gone
    assert line.closed.wait(5), "the agent hears it, and undoes what it held"
    assert "cannot decode" in str(uncaught.get(timeout=5)), "and it is not silent"
    with pytest.raises(AgentError, match="cannot decode"):
        client.mark("again")


def test_an_event_that_cannot_be_kept_ends_the_client(line: Line, uncaught: SimpleQueue[BaseException | None]) -> None:
    def full(_: AnyEvent) -> None:
        raise OSError("No space left on device")

    client = AgentClient("eye", line, full)
    asked = background(lambda: client.mark("here"))
    line.asked.get(timeout=5)
    line.told.put(msgspec.json.encode(Marked(1, "x")) + b"\n")
    assert "No space left" in str(asked.get(timeout=5))
    assert isinstance(uncaught.get(timeout=5), OSError)


def test_who_can_no_longer_ask_gives_no_sign_of_life(
    line: Line, uncaught: SimpleQueue[BaseException | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HEARTBEAT_NS", 1_000_000)
    client = AgentClient("hand", line)
    leased = background(lambda: client.lease("me", ()))
    line.answer()
    assert leased.get(timeout=5) is None
    line.told.put(b"nonsense\n")
    assert uncaught.get(timeout=5)
    heart = client._heart
    assert heart
    heart.join(5)
    assert not heart.is_alive()


def test_one_that_was_never_heard_is_said_to_be_starting(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REPLY_SECONDS", 0.01)
    client = AgentClient("eye", line, patience_s=0.05)
    begun = time.monotonic()
    with pytest.raises(AgentError, match="eye sent nothing within 0 s: is it still starting"):
        client.hello()
    assert time.monotonic() - begun >= 0.06
    line.told.put(msgspec.json.encode(Done(999, 1)) + b"\n")
    while not client._heard:
        time.sleep(0.001)
    with pytest.raises(AgentError, match="eye did not answer Mark within"):
        client.mark("here")
