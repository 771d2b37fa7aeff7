"""TLS over a `Connection`, by ssl.MemoryBIO: the handshake waits in gevent as every other receiving does.

Nothing is verified, and every version and cipher is allowed: judged is whether the pair serves, not its certificate.
"""

import ssl
from typing import Final

from locustfiles.connection import Connection


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


_CONTEXT: Final = _context()
_MOST: Final = 65536  # bytes of one reading


class TlsConnection:
    """`server_name`: of SNI; for an address ssl sends none.

    Connects when it is made, as `Connection` does; the handshake is part of the first answer's time.

    So a balancer that hangs is a read timeout here too: its kernel takes the connection, and nothing answers.
    """

    def __init__(self, target: tuple[str, int], timeout_ns: int, server_name: str) -> None:
        self._connection = Connection(target, timeout_ns)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = _CONTEXT.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        self._unsent = b""

    def send(self, data: bytes) -> None:
        """On a new connection this sends the ClientHello; `receive` sends the data when the handshake is over."""
        self._unsent = data
        try:
            self._write()
        except ssl.SSLWantReadError:
            self._flush()

    def receive(self, deadline_ns: int) -> bytes:
        """The next bytes; none at the end of the stream. Raises `ssl.SSLError`, an `OSError`, for what is not TLS."""
        while True:
            try:
                self._write()
                return self._tls.read(_MOST)
            except ssl.SSLWantReadError:
                self._flush()
                self._take(self._connection.receive(deadline_ns))
            except ssl.SSLEOFError:  # without close_notify, as many servers close
                return b""

    def close(self) -> None:
        self._connection.close()

    def abort(self) -> None:
        self._connection.abort()

    def _write(self) -> None:
        """Does the handshake first, if it is not over. Raises `ssl.SSLWantReadError` if that needs the other side."""
        if self._unsent:
            self._tls.write(self._unsent)
            self._unsent = b""
            self._flush()

    def _flush(self) -> None:
        if data := self._outgoing.read():
            self._connection.send(data)

    def _take(self, data: bytes) -> None:
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
