"""A flood, held by a connection to the generator in a customer (`harness.model.load.FLOOD_SOCKET`).

So it needs no journal: when this agent dies the connection goes, and the flood with it.
"""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from harness.agents.loop import Loop, now
from harness.model.errors import AgentError
from harness.model.events import AnyEvent, FloodSample
from harness.model.load import FLOOD_SOCKET
from harness.model.ops import Flood
from harness.model.units import s

BEGINS_NS: Final = 1 * s  # until the first session is open
ENDS_NS: Final = 2 * s  # until the last one is closed
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(FloodSample).decode
Emit = Callable[[AnyEvent], None]


class Holding:
    """One flood of one life of a customer. Every sample of the generator's becomes an event."""

    before = ""

    def __init__(self, op: Flood, path: Path, loop: Loop, emit: Emit) -> None:
        self._op = op
        self._path = path
        self._loop = loop
        self._emit = emit
        self._connection: socket.socket | None = None
        self._line = b""
        self._last: FloodSample | None = None

    def apply(self) -> None:
        """Acknowledged when a session is open. Raises `AgentError` if none is within `BEGINS_NS`."""
        self._connection = connection = _connect(self._path)
        deadline = now() + BEGINS_NS
        try:
            connection.sendall(_encode(self._op) + b"\n")
            while not (self._last and self._last.open):
                self._read(connection, deadline)
        except (OSError, EOFError) as error:
            self._close(connection)
            raise AgentError(f"{self._op.node}: no session to {self._op.target}: {self._why(error)}.") from error
        connection.setblocking(False)
        self._loop.watch(connection.fileno(), lambda _: self._heard(connection))

    def undo(self) -> None:
        """Returns when the last session is closed. Raises `AgentError` if the generator does not say so in time."""
        connection = self._connection
        if connection is None:
            return
        deadline = now() + ENDS_NS
        try:
            connection.shutdown(socket.SHUT_WR)
            while True:
                self._read(connection, deadline)
        except (EOFError, ConnectionError):  # the end, or the generator's own
            return
        except OSError as error:
            raise AgentError(f"{self._op.node}: the flood does not end: {error}") from error
        finally:
            self._close(connection)

    def _heard(self, connection: socket.socket) -> None:
        try:
            self._take(connection.recv(1 << 16))
        except (EOFError, ConnectionError):
            self._close(connection)
            if self._last:
                self._emit(_died(self._last))

    def _read(self, connection: socket.socket, deadline: int) -> None:
        """Raises `TimeoutError`, which is an `OSError`."""
        connection.settimeout(max(0.001, (deadline - now()) / s))
        self._take(connection.recv(1 << 16))

    def _take(self, piece: bytes) -> None:
        if not piece:
            raise EOFError("the generator ended")
        *lines, self._line = (self._line + piece).split(b"\n")
        for line in lines:
            self._last = _decode(line)
            self._emit(self._last)

    def _why(self, error: Exception) -> str:
        failures = self._last.failures if self._last else {}
        return ", ".join(f"{count} × {name}" for name, count in failures.items()) or str(error)

    def _close(self, connection: socket.socket) -> None:
        self._loop.forget(connection.fileno())
        connection.close()
        self._connection = None


class FloodExecutor:
    """`find(node)`: its PID 1 as the host numbers it."""

    def __init__(self, find: Callable[[str], int], emit: Emit, loop: Loop) -> None:
        self._find = find
        self._emit = emit
        self._loop = loop

    def prepare(self, op: Flood) -> Holding:
        path = Path(f"/proc/{self._find(op.node)}/root{FLOOD_SOCKET}")
        if not path.is_socket():
            raise AgentError(f"{op.node}: nothing there floods. A customer does, once its service `flood` is up.")
        return Holding(op, path, self._loop, self._emit)


def _connect(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        raise
    return connection


def _died(last: FloodSample) -> FloodSample:
    failures = {**last.failures, "generator": 1}
    return msgspec.structs.replace(
        last, t=time.monotonic_ns(), open=0, connecting=0, waiting=last.wanted, failures=failures
    )
