"""One session of a flood: it has one connection after the other."""

import errno
import os
import socket
import struct
from enum import Enum
from typing import Final

from locustfiles.flood_messages import complete

_RESET: Final = struct.pack("ii", 1, 0)  # struct linger: on, 0 s. No TIME_WAIT, which would keep the port in use


class State(Enum):
    waiting = "for its turn"
    connecting = "for the handshake"
    open = "held"


class Session:
    """`due`: when it acts next, ns; `sent_ns`: when it last sent; `times_opened`: how often.

    Every method raises `OSError` for a failure of the network, `receive` also `EOFError`.
    """

    __slots__ = ("_answer", "_socket", "due", "number", "sent_ns", "state", "times_opened")
    _socket: socket.socket

    def __init__(self, number: int) -> None:
        self.number = number
        self.state = State.waiting
        self.due = self.sent_ns = self.times_opened = 0
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
        """The handshake is over. Raises `OSError` if it has failed."""
        if error := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, os.strerror(error))
        self.times_opened += 1

    def send(self, data: bytes) -> None:
        """A few bytes: they fit into the socket's buffer unless the peer has not read for long."""
        self._socket.send(data)

    def receive(self) -> bool:
        """Reads what has come; True at the end of an answer."""
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
