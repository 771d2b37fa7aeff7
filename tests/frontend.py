"""A frontend on loopback, with the servers behind it: one function serves each connection, in a thread of its own."""

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-LB-Node: lb-b\r\nX-API-Node: api-a\r\n\r\nok"

Serve = Callable[[socket.socket], None]


class Frontend:
    """`connections`: how many came. Errors of a connection end it alone: the client gave up, or spoke no TLS."""

    def __init__(self, serve: Serve) -> None:
        self.connections = 0
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed: the test is over
            self.connections += 1
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self._serve(connection)


class Http:
    """Gives each request its `answer`, and keeps what was asked."""

    def __init__(self, answer: bytes = ANSWER) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def __call__(self, connection: socket.socket) -> None:
        while data := connection.recv(65536):
            self.asked.append(data.decode("latin-1"))
            connection.sendall(self.answer)


class Tls:
    """A handshake, then `inner`; `names`: of SNI, None where there was none."""

    def __init__(self, context: ssl.SSLContext, inner: Serve) -> None:
        self.names: list[str | None] = []
        self._context, self._inner = context, inner
        context.sni_callback = lambda _, name, __: self.names.append(name)

    def __call__(self, connection: socket.socket) -> None:
        with self._context.wrap_socket(connection, server_side=True) as wrapped:
            self._inner(wrapped)


def echo(connection: socket.socket) -> None:
    while data := connection.recv(65536):
        connection.sendall(data)


def silent(connection: socket.socket) -> None:
    """Until the client gives up."""
    while connection.recv(65536):
        pass


def context(folder: Path) -> ssl.SSLContext:
    """With a new certificate that nobody signed."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    new = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=stand-in"
    subprocess.run([*new.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate, key)
    return made
