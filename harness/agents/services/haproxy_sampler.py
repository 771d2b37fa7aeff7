"""Asks one HAProxy for its statistics without ever waiting: a frozen one costs a sample, not the agent.

A sample that is not answered within `PATIENCE_NS` is told as one with an empty `proxy` and status ``silent``; if
nothing listens at all, ``refused``. Neither is an error of ours.
"""

import socket
from collections.abc import Callable
from typing import Final

from harness.agents.loop import READABLE, Loop, now
from harness.agents.services.haproxy import PATIENCE_NS, process_limit, samples, socket_path
from harness.model.events import AnyEvent, HaproxySample

LIMIT_EVERY: Final = 10  # samples: the process limit changes rarely, and asking costs HAProxy as much as a sample


class HaproxySampler:
    """`sample()` at any rate; at most one question is open. A new connection each: a reload changes the process."""

    def __init__(self, loop: Loop, node: str, init: int, emit: Callable[[AnyEvent], None]) -> None:
        self._loop = loop
        self._node = node
        self._init = init
        self._emit = emit
        self._socket: socket.socket | None = None
        self._asked_ns = 0
        self._answer = bytearray()
        self._limit = 0
        self._count = 0

    def sample(self) -> None:
        if self._socket is None:
            self._ask()
        elif now() - self._asked_ns > PATIENCE_NS:
            self.close()
            self._without_answer("silent")

    def close(self) -> None:
        if self._socket:
            self._loop.forget(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _ask(self) -> None:
        command = b"show stat;show info\n" if self._count % LIMIT_EVERY == 0 else b"show stat\n"
        asking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            asking.connect(socket_path(self._init))
            asking.send(command)
        except BlockingIOError:  # its queue of connections is full: it accepts none
            asking.close()
            self._without_answer("silent")
            return
        except (ConnectionError, FileNotFoundError, ProcessLookupError):
            asking.close()
            self._without_answer("refused")
            return
        self._socket, self._asked_ns, self._answer = asking, now(), bytearray()
        self._loop.watch(asking.fileno(), lambda _: self._answered(asking), READABLE)

    def _answered(self, asked: socket.socket) -> None:
        try:
            chunk = asked.recv(1 << 16)
        except ConnectionError:  # HAProxy died in mid-sentence
            self.close()
            self._without_answer("refused")
            return
        self._answer += chunk
        if not chunk:
            self.close()
            self._complete(self._answer.decode())

    def _complete(self, answer: str) -> None:
        table, _, info = answer.partition("\n\n")
        if info.strip():
            self._limit = process_limit(info)
        self._count += 1
        for event in samples(table, self._node, now(), self._limit):
            self._emit(event)

    def _without_answer(self, status: str) -> None:
        self._count = 0  # whatever comes back may be another process: ask for its limit
        self._emit(HaproxySample(now(), self._node, "", status, 0, 0, 0, 0, 0, 0))
