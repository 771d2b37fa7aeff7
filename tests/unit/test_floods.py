"""A flood without a container: a real generator process, a listener on loopback, the agent's end."""

import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from harness.agents.services.flood.floods import FloodExecutor, HeldFlood
from harness.agents.services.node_files import NodeFiles
from harness.model.errors import AgentError
from harness.model.events import AnyEvent, FloodSample
from harness.model.ops import Flood, FloodMode
from harness.model.units import s
from locustfiles.flood_crowd import SPARE_FILES

ROOT = Path(__file__).parents[2]
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
FILES = 232


class Listener:
    """Accepts all, answers whole requests, and remembers who is there."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.target = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.open: dict[int, socket.socket] = {}
        self.heard: dict[int, bytes] = {}
        self._poll = select.epoll()
        self._poll.register(self._listener, select.EPOLLIN)
        self._running = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._running = False
        self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        while self._running:
            for descriptor, _ in self._poll.poll(0.02):
                if descriptor == self._listener.fileno():
                    self._accept()
                else:
                    self._hear(descriptor)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        self.open[client.fileno()] = client
        self.heard[client.fileno()] = b""
        self._poll.register(client, select.EPOLLIN)

    def _hear(self, descriptor: int) -> None:
        client = self.open[descriptor]
        try:
            piece = client.recv(4096)
            self.heard[descriptor] += piece
            if piece.endswith(b"\r\n\r\n"):
                client.send(ANSWER)
        except (ConnectionResetError, BrokenPipeError):  # the flood ended, and resets its sessions
            piece = b""
        if not piece:
            del self.open[descriptor]
            client.close()


class Agent:
    """As much of the service agent as holds a flood."""

    def __init__(self, path: Path) -> None:
        self.samples: list[FloodSample] = []
        self._path = path

    def hold(self, flood: Flood) -> HeldFlood:
        holding = HeldFlood(flood, NodeFiles("/"), self._take, str(self._path))
        holding.apply()
        return holding

    def until(self, awaited: str, condition: Callable[[FloodSample], bool], seconds: float = 5) -> FloodSample:
        deadline = time.monotonic() + seconds
        while not condition(self.samples[-1]):
            assert time.monotonic() < deadline, f"{awaited}: last was {self.samples[-1]}"
            time.sleep(0.01)
        return self.samples[-1]

    def _take(self, event: AnyEvent) -> None:
        assert isinstance(event, FloodSample)
        assert event.open + event.connecting + event.waiting == event.wanted
        self.samples.append(event)


@pytest.fixture
def listener() -> Iterator[Listener]:
    opened = Listener()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """Its socket and its pid; it may have `FILES` files."""
    path = tmp_path_factory.mktemp("flood") / "flood.sock"
    started = ["sh", "-c", f"ulimit -n {FILES}; exec {sys.executable} -m locustfiles.flood_generator"]
    with subprocess.Popen(started, cwd=ROOT, env={"HARNESS_FLOOD_SOCKET": str(path)}) as process:
        until("the generator's socket", path.exists)
        yield path, process.pid
        process.terminate()


@pytest.fixture
def agent(generator: tuple[Path, int]) -> Agent:
    return Agent(generator[0])


def until(awaited: str, condition: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, awaited
        time.sleep(0.01)


def flood(target: str, mode: FloodMode = "idle", sessions: int = 100, rate_hz: float = 500) -> Flood:
    return Flood("customer-1", mode, sessions, target, rate_hz, ramp_hz=2000)


def test_all_sessions_are_held_and_all_are_gone(agent: Agent, listener: Listener) -> None:
    holding = agent.hold(flood(listener.target))
    full = agent.until("100 sessions", lambda sample: sample.answers == 100)
    assert (full.open, full.opened, full.requests, full.failures) == (100, 100, 100, {})
    assert len(listener.open) == 100
    holding.undo()
    assert agent.samples[-1].open == 0
    until("the listener to see it", lambda: not listener.open)
    holding.undo()


def test_who_is_closed_comes_again(agent: Agent, listener: Listener) -> None:
    holding = agent.hold(flood(listener.target))
    agent.until("100 sessions", lambda sample: sample.open == 100)
    until("all to be accepted", lambda: len(listener.open) == 100)
    for client in list(listener.open.values())[:30]:
        client.shutdown(socket.SHUT_RDWR)
    again = agent.until("30 more", lambda sample: sample.opened == 130)
    assert (again.open, again.reopened, again.failures) == (100, 30, {"closed": 30})
    holding.undo()


def test_requests_are_asked_at_their_rate(agent: Agent, listener: Listener) -> None:
    holding = agent.hold(flood(listener.target, "requests", 20, 200))
    first = agent.until("20 sessions", lambda sample: sample.open == 20)
    last = agent.until("1 s", lambda sample: sample.t > first.t + s)
    assert 150 <= (last.requests - first.requests) * s / (last.t - first.t) <= 250
    assert 0 <= last.requests - last.answers <= 20
    holding.undo()


def test_an_unfinished_request_never_ends(agent: Agent, listener: Listener) -> None:
    holding = agent.hold(flood(listener.target, "unfinished", 5))
    held = agent.until("5 sessions", lambda sample: sample.open == 5)
    until("their words", lambda: len([words for words in listener.heard.values() if words]) == 5)
    assert (held.requests, held.answers) == (5, 0)
    assert all(words.startswith(b"GET /me") and b"\r\n\r\n" not in words for words in listener.heard.values())
    holding.undo()


def test_what_cannot_be_held_is_scaled_and_said(agent: Agent, listener: Listener) -> None:
    holding = agent.hold(flood(listener.target, sessions=1000))
    full = agent.until("what may be", lambda sample: sample.open == sample.wanted)
    assert (full.asked, full.wanted, full.failures) == (1000, FILES - SPARE_FILES, {})
    holding.undo()


def test_a_flood_that_nobody_lets_in_is_an_error(agent: Agent) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(AgentError, match=r"no session to 127.0.0.1:\d+: \d+ × ECONNREFUSED"):
            agent.hold(flood(f"127.0.0.1:{unused.getsockname()[1]}", sessions=3))


def test_without_a_generator_there_is_no_flood(agent: Agent) -> None:
    executor = FloodExecutor(lambda _: os.getpid(), lambda _: None)
    with pytest.raises(AgentError, match="customer-1: no flood generator there"):
        executor.prepare(flood("127.0.0.1:1"))


def test_a_holder_that_dies_takes_its_flood_along(generator: tuple[Path, int], listener: Listener) -> None:
    with socket.socket(socket.AF_UNIX) as holder:
        holder.connect(str(generator[0]))
        holder.sendall(msgspec.json.encode(flood(listener.target)) + b"\n")
        until("all to be accepted", lambda: len(listener.open) == 100)
    until("the listener to see it", lambda: not listener.open)


def test_two_floods_at_once_end_apart(agent: Agent, generator: tuple[Path, int], listener: Listener) -> None:
    other = Agent(generator[0])
    first, second = agent.hold(flood(listener.target, sessions=10)), other.hold(flood(listener.target, sessions=20))
    until("both", lambda: len(listener.open) == 30)
    first.undo()
    until("one to end", lambda: len(listener.open) == 20)
    second.undo()


def test_a_generator_that_dies_is_told(agent: Agent, generator: tuple[Path, int], listener: Listener) -> None:
    holding = agent.hold(flood(listener.target))
    (child,) = Path(f"/proc/{generator[1]}/task/{generator[1]}/children").read_text().split()
    subprocess.run(["kill", "-KILL", child], check=True)
    ended = agent.until("its last word", lambda sample: "generator" in sample.failures)
    assert (ended.open, ended.waiting) == (0, 100)
    holding.undo()


@pytest.mark.parametrize("word", [b"hello\n", b"\xff\n", b"", b'{"event":"flood"}\n'])
def test_a_generator_that_talks_nonsense_is_an_error_and_ends_nobody(tmp_path: Path, word: bytes) -> None:
    path = tmp_path / "flood.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        strange = threading.Thread(target=_say, args=(listener, word))
        strange.start()
        with pytest.raises(AgentError, match=r"customer-1: no session to 127.0.0.1:1: the generator"):
            Agent(path).hold(flood("127.0.0.1:1"))
        strange.join()


def _say(listener: socket.socket, word: bytes) -> None:
    client, _ = listener.accept()
    with client:
        client.recv(4096)
        client.sendall(word)
