"""A TCP connection that waits in gevent, on the plain non-blocking socket: gevent's own costs a probe twice the CPU."""

import _socket  # `socket.socket` is gevent's since Locust was imported
import errno
import os
import struct
import time
from typing import Final

from gevent import Timeout, get_hub

from harness.model.units import s

_READABLE, _WRITABLE = 1, 2
_ABORT: Final = struct.pack("ii", 1, 0)  # struct linger: on, 0 s


class Connection:
    """Connects when it is made. Raises `OSError`, of it `TimeoutError` after `timeout_ns`.

    `heard`: has `receive` returned anything yet?
    """

    def __init__(self, target: tuple[str, int], timeout_ns: int) -> None:
        self.heard = False
        self._socket = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM | _socket.SOCK_NONBLOCK)
        try:
            self._connect(target, timeout_ns)
        except OSError:
            self.abort()
            raise

    def send(self, data: bytes) -> None:
        """One small request at a time: it fits into the socket's buffer, or this raises."""
        self._socket.send(data)

    def receive(self, deadline_ns: int) -> bytes:
        """The next bytes; none at the end of the stream."""
        self._wait(_READABLE, deadline_ns)
        data = self._socket.recv(65536)
        self.heard = True
        return data

    def drain(self) -> None:
        """Throws away what has come already. Raises `EOFError` if the other side has ended the connection."""
        try:
            while self._socket.recv(65536):
                pass
        except BlockingIOError:
            return
        raise EOFError

    def close(self) -> None:
        self._socket.close()

    def abort(self) -> None:
        """Closes by a reset: after its failure the connection must send nothing more into the observed network."""
        self._socket.setsockopt(_socket.SOL_SOCKET, _socket.SO_LINGER, _ABORT)
        self._socket.close()

    def _connect(self, target: tuple[str, int], timeout_ns: int) -> None:
        error = self._socket.connect_ex(target)
        if (
            error == errno.EINPROGRESS
        ):  # in one kernel the handshake is often over by now: asking is cheaper than waiting
            error = self._socket.connect_ex(target)
        if error == errno.EALREADY:
            self._wait(_WRITABLE, time.monotonic_ns() + timeout_ns)
            error = self._socket.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))

    def _wait(self, events: int, deadline_ns: int) -> None:
        """Raises `TimeoutError` at the deadline, also if bytes have come: so a body without end is cut."""
        if (remaining := deadline_ns - time.monotonic_ns()) <= 0:
            raise TimeoutError
        hub = get_hub()
        watcher = hub.loop.io(self._socket.fileno(), events)
        try:
            with Timeout(remaining / s, TimeoutError):
                hub.wait(watcher)
        finally:
            watcher.close()
