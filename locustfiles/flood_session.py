"""One session of a flood: a place in the crowd, with one connection after another."""

import errno
import os
import socket
import struct
from enum import Enum
from typing import Final

from locustfiles.flood_speech import complete

_RESET: Final = struct.pack("ii", 1, 0)  # struct linger: on, 0 s. It leaves no TIME_WAIT, which would keep a port


class State(Enum):
    waiting = "for its turn"
    connecting = "for the handshake"
    open = "held"


class Session:
    """`due`: when it acts next, ns; `said_ns`: when it last spoke; `lives`: how often it was open.

    Every method raises `OSError` for what the network did, `hear` raises `EOFError` too.
    """

    __slots__ = ("_answer", "_socket", "due", "lives", "number", "said_ns", "state")
    _socket: socket.socket

    def __init__(self, number: int) -> None:
        self.number = number
        self.state = State.waiting
        self.due = self.said_ns = self.lives = 0
        self._answer = b""

    @property
    def descriptor(self) -> int:
        return self._socket.fileno()

    def connect(self, address: tuple[str, int]) -> None:
        """Begins the handshake, which is over when the descriptor is writable."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        error = self._socket.connect_ex(address)
        if error not in {0, errno.EINPROGRESS}:
            self._socket.close()
            raise OSError(error, os.strerror(error))

    def establish(self) -> None:
        """The handshake is over: well, or it raises."""
        if error := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, os.strerror(error))
        self.lives += 1

    def say(self, words: bytes) -> None:
        """A few bytes, which fit into the socket's buffer unless the other side has not read for long."""
        self._socket.send(words)

    def hear(self) -> bool:
        """Reads what came; True if it ends an answer."""
        piece = self._socket.recv(1 << 16)
        if not piece:
            raise EOFError
        self._answer += piece
        if not complete(self._answer):
            return False
        self._answer = b""
        return True

    def reset(self) -> None:
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._socket.close()
        self._answer = b""
