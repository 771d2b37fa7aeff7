"""The eye's connection to the hand: which nodes are wired, now and later.

The eye is a subscriber like any other. So a new eye learns at once which nodes the hand has wired before.
"""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from harness.agents.loop import Loop
from harness.model.errors import AgentError
from harness.model.events import EventsLost, Unwired, Wired
from harness.model.protocol import Subscribe

PATIENCE_S: Final = 20.0
"""Until the hand listens: it first builds the switches, and undoes what its earlier process left."""
_AGAIN_S: Final = 0.02
_KINDS: Final = frozenset(str(kind.__struct_config__.tag) for kind in (Wired, Unwired, EventsLost))


class _Line(msgspec.Struct):
    event: str = ""


_line: Final = msgspec.json.Decoder(_Line).decode
_decode: Final = msgspec.json.Decoder(Wired | Unwired | EventsLost).decode


class HandLink:
    """Calls `told(event)` for each `Wired` and `Unwired`, first for the nodes that are wired already."""

    def __init__(self, loop: Loop, path: Path, told: Callable[[Wired | Unwired], None]) -> None:
        self._loop = loop
        self._path = path
        self._told = told
        self._socket = socket.socket(socket.AF_UNIX)
        self._unread = b""

    def open(self) -> None:
        """Returns once the hand is reached. Raises `OSError` if it does not listen within `PATIENCE_S`.

        The loop's `run` raises `EOFError` when the hand ends, and `AgentError` when an event of it was lost: the eye
        ends, and the next eye gets the whole state.
        """
        self._connect()
        self._socket.sendall(msgspec.json.encode(Subscribe(1)) + b"\n")
        self._loop.watch(self._socket.fileno(), lambda _: self._read())

    def _connect(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                self._socket.connect(str(self._path))
            except (FileNotFoundError, ConnectionRefusedError):  # no socket yet, or one of an earlier hand
                if time.monotonic() > deadline:
                    raise
                time.sleep(_AGAIN_S)
            else:
                return

    def _read(self) -> None:
        try:
            chunk = self._socket.recv(1 << 16)
        except ConnectionResetError:  # the hand was killed before it had read all
            chunk = b""
        if not chunk:
            raise EOFError("the hand closed the connection")
        *lines, self._unread = (self._unread + chunk).split(b"\n")
        for line in lines:
            if _line(line).event in _KINDS:
                self._take(_decode(line))

    def _take(self, event: Wired | Unwired | EventsLost) -> None:
        if isinstance(event, EventsLost):
            raise AgentError(f"the eye read too slowly: {event.count} events of the hand are lost.")
        self._told(event)
