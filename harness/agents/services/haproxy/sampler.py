"""Asks one HAProxy for its statistics without waiting: a frozen HAProxy costs a sample, and does not block the agent.

Without an answer the sample has an empty `proxy` and a status: ``silent`` (HAProxy did not answer within
`PATIENCE_NS`), ``refused`` (its process is down, or it answered before and now nothing listens), or ``unknown``: it has
never answered, because its configuration names no socket, or none that exists and that the agent may use; or the agent
could not ask for lack of a descriptor or of memory.
"""

import errno
import select
import socket
from collections.abc import Callable
from typing import Final

from harness.agents.loop import READABLE, Loop, now
from harness.agents.services.haproxy import stats_socket
from harness.agents.services.haproxy.runtime import PATIENCE_NS, process_limit, samples
from harness.agents.services.node_files import NodeFiles
from harness.agents.services.runit.service_watch import ServiceWatch
from harness.model.errors import AgentError
from harness.model.events import AnyEvent, HaproxySample

LIMIT_EVERY: Final = 10  # samples: the process limit changes rarely, and asking costs HAProxy as much as a sample
_END: Final = b"\n\n"  # of every command's answer
_REFUSALS: Final = {errno.ECONNREFUSED, errno.ENOENT, errno.ECONNRESET, errno.EPIPE}
"""unix(7): the peer is gone. The agent itself may cause any other errno: EMFILE, ENOMEM, EACCES."""


class HaproxySampler:
    """`sample()` at any rate; at most one request is open. A new connection for each: a reload changes the process.

    `watch`: the service haproxy of this node, None if it has none. `notes`: why this HAProxy cannot be observed.
    """

    def __init__(
        self, loop: Loop, node: str, init: int, watch: ServiceWatch | None, emit: Callable[[AnyEvent], None]
    ) -> None:
        self._loop = loop
        self._node = node
        self._init = init
        self._watch = watch
        self._emit = emit
        self.notes: tuple[str, ...] = ()
        self._process = 0
        self._path = ""  # of the stats socket; empty: not found yet
        self._heard = False  # has this process ever answered?
        self._socket: socket.socket | None = None
        self._asked_ns = 0
        self._answer = bytearray()
        self._limit = 0
        self._count = 0

    def sample(self) -> None:
        if self._socket is None:
            self._ask()
        elif now() - self._asked_ns > PATIENCE_NS and not _has_answered(self._socket):
            self.close()
            self._without_answer("silent")

    def close(self) -> None:
        if self._socket:
            self._loop.forget(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _ask(self) -> None:
        self._follow(self._watch.pid if self._watch else 0)
        if self._watch and self._watch.down:
            self._without_answer("refused")
            return
        try:
            self._path = self._path or stats_socket.find(self._init, self._process)
            self._open()
        except BlockingIOError:  # its queue of connections is full: it accepts none
            self._without_answer("silent")
        except (OSError, AgentError) as problem:
            self._unanswered(problem)

    def _follow(self, process: int) -> None:
        if process != self._process:
            self._process, self._path, self._heard = process, "", False

    def _open(self) -> None:
        command = b"show stat;show info\n" if self._count % LIMIT_EVERY == 0 else b"show stat\n"
        asking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            NodeFiles.of(self._init).connect(asking, self._path)
            asking.send(command)
        except OSError:
            asking.close()
            raise
        self._socket, self._asked_ns, self._answer = asking, now(), bytearray()
        self._loop.watch(asking.fileno(), lambda _: self._answered(asking), READABLE)

    def _answered(self, asked: socket.socket) -> None:
        try:
            chunk = asked.recv(1 << 16)
        except OSError as error:  # HAProxy ended during its answer
            self.close()
            self._unanswered(error)
            return
        self._answer += chunk
        if not chunk:
            self.close()
            self._complete(bytes(self._answer))

    def _complete(self, answer: bytes) -> None:
        try:
            events = self._understood(answer)
        except (OSError, AgentError) as problem:
            self._unanswered(problem)
            return
        self.notes, self._heard = (), True
        self._count += 1
        for event in events:
            self._emit(event)

    def _understood(self, answer: bytes) -> list[HaproxySample]:
        if not answer.endswith(_END):
            raise ConnectionResetError(errno.ECONNRESET, "its answer is cut off")
        table, _, info = answer.decode(errors="replace").partition("\n\n")
        if info.strip():
            self._limit = process_limit(info)
        return list(samples(table, self._node, now(), self._limit))

    def _unanswered(self, problem: OSError | AgentError) -> None:
        """``refused`` if this process has answered before and its socket is now gone; else ``unknown``.

        If a reload has moved the socket, the next sample uses the new path.
        """
        if self._heard and isinstance(problem, OSError) and problem.errno in _REFUSALS:
            if not self._moved():
                self._without_answer("refused")
        else:
            self.notes = (f"{self._node}: its HAProxy cannot be observed: {_why(problem, self._path)}",)
            self._path = ""
            self._without_answer("unknown")

    def _moved(self) -> bool:
        before = self._path
        try:
            self._path = stats_socket.find(self._init, self._process)
        except (OSError, AgentError):
            return False
        return self._path != before

    def _without_answer(self, status: str) -> None:
        self._count = 0  # the next answer may come from another process: ask for its limit
        self._emit(HaproxySample(now(), self._node, "", status, 0, 0, 0, 0, 0, 0))


def _has_answered(asked: socket.socket) -> bool:
    """Does an answer wait to be read? Then the agent was late, not HAProxy; this turn of the loop reads it."""
    poll = select.poll()
    poll.register(asked, select.POLLIN)
    return bool(poll.poll(0))


def _why(problem: OSError | AgentError, path: str) -> str:
    if isinstance(problem, OSError):
        return f"{path or problem.filename or 'its configuration'}: {problem.strerror}"
    return str(problem)
