"""A flood, held by a connection to the generator in a customer (`harness.model.load.FLOOD_SOCKET`).

So it needs no journal: when this agent ends the connection closes, and the flood ends. A flood begins and ends on a
lane, and a thread of its own reads its samples: the agent's loop never waits for it.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

import msgspec

from harness.agents.services.node_files import NodeFiles
from harness.model.errors import AgentError
from harness.model.events import AnyEvent, FloodSample
from harness.model.load import FLOOD_SOCKET
from harness.model.ops import Flood

BEGINS_S: Final = 1.0  # until the first session is open
ENDS_S: Final = 2.0  # until the last one is closed
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(FloodSample).decode
Emit = Callable[[AnyEvent], None]
"""From any thread."""


class HeldFlood:
    """One flood of a running customer. Every sample of the generator becomes an event."""

    before = ""
    met: int | None = None  # its samples say what it did

    def __init__(self, op: Flood, files: NodeFiles, emit: Emit, path: str = FLOOD_SOCKET) -> None:
        self._op = op
        self._files = files
        self._path = path
        self._emit = emit
        self._connection: socket.socket | None = None
        self._listener = threading.Thread()
        self._news = threading.Condition()
        self._last: FloodSample | None = None
        self._problem = ""  # why it ended, if this agent did not end it
        self._ending = False

    def apply(self) -> None:
        """Acknowledged when a session is open. Raises `AgentError` if none is open within `BEGINS_S`."""
        self._connection = connection = _connect(self._files, self._path)
        self._listener = threading.Thread(target=self._listen, args=(connection,), name="flood", daemon=True)
        try:
            connection.sendall(_encode(self._op) + b"\n")
        except OSError as error:
            self._problem = str(error)
        self._listener.start()
        with self._news:
            self._news.wait_for(lambda: self._open or self._problem, BEGINS_S)
        if not self._open:
            self._close(connection)
            raise AgentError(f"{self._op.node}: no session to {self._op.target}: {self._why()}.")

    def undo(self) -> None:
        """Returns when the last session is closed. Raises `AgentError` if the generator does not report it in time."""
        connection, self._ending = self._connection, True
        if connection is None:
            return
        _shut(connection, socket.SHUT_WR)
        self._listener.join(ENDS_S)
        ended = not self._listener.is_alive()
        self._close(connection)
        if not ended:
            raise AgentError(f"{self._op.node}: the flood did not end within {ENDS_S:.0f} s.")

    @property
    def _open(self) -> bool:
        return bool(self._last and self._last.open)

    def _listen(self, connection: socket.socket) -> None:
        """Until the generator closes the connection, or sends a line that is no sample."""
        problem = "the generator ended"
        try:
            for line in connection.makefile("rb"):
                self._take(_decode(line))
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            problem = f"the generator: {error}"
        with self._news:
            self._problem = problem
            self._news.notify_all()
        if self._last and not self._ending:
            self._emit(_died(self._last))

    def _take(self, sample: FloodSample) -> None:
        with self._news:
            self._last = sample
            self._news.notify_all()
        self._emit(sample)

    def _why(self) -> str:
        failures = self._last.failures if self._last else {}
        counted = ", ".join(f"{count} × {name}" for name, count in failures.items())
        return counted or self._problem or f"no session was open after {BEGINS_S:.0f} s"

    def _close(self, connection: socket.socket) -> None:
        self._ending, self._connection = True, None
        _shut(connection, socket.SHUT_RDWR)  # wakes the listener; `close` alone would not
        self._listener.join()
        connection.close()


class FloodExecutor:
    """`find(node)`: its PID 1 as the host numbers it."""

    def __init__(self, find: Callable[[str], int], emit: Emit) -> None:
        self._find = find
        self._emit = emit

    def prepare(self, op: Flood) -> HeldFlood:
        files = NodeFiles.of(self._find(op.node))
        if not files.exists(FLOOD_SOCKET):
            raise AgentError(f"{op.node}: no flood generator there; use a customer whose service `flood` is up.")
        return HeldFlood(op, files, self._emit)

    def restore(self, op: Flood) -> None:
        """Nothing to do: the flood ended with the earlier agent, whose connection held it."""


def _connect(files: NodeFiles, path: str) -> socket.socket:
    """Raises `OSError`, also for a generator that is frozen: it accepts no connection once its queue is full."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(BEGINS_S)
    try:
        files.connect(connection, path)
    except OSError:
        connection.close()
        raise
    connection.settimeout(None)  # its samples may be far apart
    return connection


def _shut(connection: socket.socket, how: int) -> None:
    """No error if the peer has closed the connection."""
    with contextlib.suppress(OSError):
        connection.shutdown(how)


def _died(last: FloodSample) -> FloodSample:
    failures = {**last.failures, "generator": 1}
    return msgspec.structs.replace(
        last, t=time.monotonic_ns(), open=0, connecting=0, waiting=last.wanted, failures=failures
    )
