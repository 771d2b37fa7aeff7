"""Frames that wait: each is due after its delay, in the order in which it came."""

import socket

import pytest

from harness.agents.network.delayer import LOOKS_S, WAITING, Queue
from harness.model.units import ms


class Cable(Queue):
    """A queue, and the other end of what it sends into."""

    def __init__(self, ours: socket.socket, theirs: socket.socket) -> None:
        super().__init__(ours)
        self.theirs = theirs


@pytest.fixture
def queue() -> Cable:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    theirs.setblocking(False)
    made = Cable(ours, theirs)
    made.delay_ns = 50 * ms
    return made


def sent(queue: Cable) -> list[bytes]:
    found: list[bytes] = []
    while True:
        try:
            found.append(queue.theirs.recv(100))
        except BlockingIOError:
            return found


def test_a_frame_is_sent_when_it_is_due(queue: Cable) -> None:
    queue.put(1_000, b"one")
    queue.put(2_000, b"two")
    queue.send(1_000 + 50 * ms - 1)
    assert sent(queue) == []
    queue.send(1_000 + 50 * ms)
    assert sent(queue) == [b"one"]
    queue.send(1_000 + 60 * ms)
    assert sent(queue) == [b"two"]


def test_jitter_changes_no_order(queue: Cable) -> None:
    queue.jitter_ns = 50 * ms
    for number in range(100):
        queue.put(number, bytes([number]))
    queue.send(100 * ms + 100)
    assert sent(queue) == [bytes([number]) for number in range(100)]


def test_jitter_is_spread_around_the_delay(queue: Cable) -> None:
    queue.jitter_ns = 10 * ms
    early = 0
    for _ in range(200):
        queue.put(0, b"frame")
        queue.send(50 * ms)
        early += len(sent(queue))
        queue.flush()
        sent(queue)
    assert 60 < early < 140  # 100 and six standard deviations


def test_all_that_wait_are_sent_at_the_end(queue: Cable) -> None:
    for number in range(3):
        queue.put(0, bytes([number]))
    queue.flush()
    assert sent(queue) == [b"\0", b"\1", b"\2"]
    assert queue.patience() == LOOKS_S


def test_too_many_are_lost(queue: Cable) -> None:
    for _ in range(WAITING + 5):
        queue.put(0, b"")
    assert len(queue) == WAITING


def test_a_frame_that_cannot_be_sent_is_lost_and_said(queue: Cable, capfd: pytest.CaptureFixture[str]) -> None:
    queue.theirs.close()
    queue.put(0, b"frame")
    queue.flush()
    assert "delayer: " in capfd.readouterr().err
