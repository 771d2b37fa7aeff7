"""The recorder's subscription to an agent goes on over the agent's lives, whichever way it hears of the next one."""

import threading
from queue import Empty, SimpleQueue

import msgspec
import pytest

from harness.lab.subscription import Subscription
from harness.model.errors import EnvironmentProblem
from harness.model.protocol import Done


class Line:
    """A stream to an agent that accepts whoever subscribes, until it is closed, or the agent ends it."""

    stderr = b""

    def __init__(self) -> None:
        self.closed = threading.Event()
        self._told: SimpleQueue[bytes] = SimpleQueue()

    def write(self, data: bytes) -> None:
        self._told.put(msgspec.json.encode(Done(msgspec.json.decode(data)["id"], 1)) + b"\n")

    def read(self) -> bytes:
        return self._told.get()

    def close(self) -> None:
        self.closed.set()
        self.end()

    def end(self) -> None:
        self._told.put(b"")


class Lab:
    """`life`: of the agent's container; `opened`: every stream into it, as it is opened."""

    def __init__(self) -> None:
        self.life: str | None = "monday"
        self.opened: SimpleQueue[Line] = SimpleQueue()
        self.refusals: SimpleQueue[str] = SimpleQueue()

    def open(self, _patience_s: float) -> Line:
        if self.life is None:
            self.refusals.put("not running")
            raise EnvironmentProblem("it does not run")
        line = Line()
        self.opened.put(line)
        return line

    def next(self) -> Line:
        return self.opened.get(timeout=5)


@pytest.fixture
def lab() -> Lab:
    return Lab()


@pytest.fixture
def subscription(lab: Lab) -> Subscription:
    return Subscription("eye", lab.open, lambda: lab.life, lambda _: None)


@pytest.mark.usefixtures("subscription")
def test_an_eye_that_died_alone_is_subscribed_to_again(lab: Lab) -> None:
    lab.next().end()
    again = lab.next()
    assert not again.closed.is_set()


def test_a_stream_into_an_earlier_life_is_given_up(lab: Lab, subscription: Subscription) -> None:
    """The engine need not end it."""
    first = lab.next()
    lab.life = "tuesday"
    subscription.restarted()
    lab.next()
    assert first.closed.is_set()


def test_of_one_restart_two_words_are_one(lab: Lab, subscription: Subscription) -> None:
    """The stream's end and the engine's: a second subscription would leave a hole between the two."""
    lab.life = "tuesday"
    lab.next().end()
    again = lab.next()
    subscription.restarted()
    with pytest.raises(Empty):
        lab.opened.get(timeout=0.2)
    assert not again.closed.is_set()


def test_one_that_does_not_run_is_awaited(lab: Lab, subscription: Subscription) -> None:
    first = lab.next()
    lab.life = None
    first.end()
    assert lab.refusals.get(timeout=5)
    lab.life = "tuesday"
    subscription.restarted()
    lab.next()
