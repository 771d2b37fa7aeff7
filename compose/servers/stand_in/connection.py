"""One connection: takes off a PROXY header and TLS, and finds out by its first bytes what the client speaks."""

import asyncio
import ssl
from dataclasses import dataclass, field

from stand_in import http1, http2, proxy_header, tls
from stand_in.dialogue import Dialogue
from stand_in.other import Other
from stand_in.peer import Peer, Speaker
from stand_in.place import Place

_AGENT = b"up ready 100%\n"
_PRECEDING_S = 0.05  # so long a PROXY header or a handshake may take to arrive before a server that speaks first speaks
_SILENCE_S = 0.2  # of a client, before the banner


@dataclass
class Listener:
    """What all connections share. `connections`: those that are open, at most `most`."""

    balancers: dict[str, str]
    context: ssl.SSLContext
    most: int
    connections: int = field(default=0)


class Connection(asyncio.Protocol):
    """Stops reading while its peer does not take what was answered: what waits is bounded."""

    def __init__(self, place: Place, shared: Listener) -> None:
        self._place, self._shared = place, shared
        self._first, self._opened = b"", False  # bytes that do not yet tell what they are
        self._tls: tls.Tls | None = None
        self._speaker: Speaker | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._shared.connections += 1
        if self._shared.connections > self._shared.most:
            transport.abort()
            return
        address = (transport.get_extra_info("peername") or ("",))[0]
        self._peer = Peer(self._send, self._close, self._shared.balancers.get(address, address))
        if self._place.agent:
            transport.write(_AGENT)
            transport.close()
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        self._shared.connections -= 1
        self._cancel()
        self._speaker = self._tls = None

    def pause_writing(self) -> None:
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if self._transport.is_closing():
            return
        if self._tls:
            self._inside(data)
        elif self._opened:
            self._hear(data)
        else:
            self._first += data
            self._open()

    def _wait(self) -> None:
        """Until the client speaks, or it is the server's turn."""
        greets, preceded = self._place.greeting, self._place.proxied or self._place.tls
        if greets and not preceded:
            self._opened = True
            self._greet()
        elif greets:
            self._after(_PRECEDING_S)
        elif self._place.banner:
            self._after(_SILENCE_S)

    def _after(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._greet)

    def _cancel(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _greet(self) -> None:
        self._cancel()
        if self._speaker or self._transport.is_closing():
            return
        if greeting := self._place.greeting:
            self._speaker = Dialogue(greeting, self._peer)
        else:
            self._send(f"stand-in {self._place.name}\n".encode())

    def _open(self) -> None:
        """Knows, once enough bytes came, whether a PROXY header and TLS are there."""
        end = proxy_header.end(self._first)
        if end is None:
            return
        if end:
            self._first, self._place = self._first[end:], self._place.unproxied
        if not self._first:
            self._cancel()
            self._wait()
            return
        data, self._first, self._opened = self._first, b"", True
        if data.startswith(tls.SSL_3):
            self._transport.write(tls.REFUSED)
            self._close()
        elif tls.begins(data) and not self._speaker:
            self._cancel()
            self._tls = tls.Tls(self._shared.context, self._transport.write)
            self._inside(data)
        else:
            self._hear(data)

    def _inside(self, data: bytes) -> None:
        assert self._tls
        before = self._tls.ready
        try:
            inside = self._tls.hear(data)
        except ssl.SSLError:
            self._close()
            return
        if self._tls.ready and not before and not inside:
            self._place = self._place.bare
            self._wait()
        if inside:
            self._hear(inside)
        if self._tls.ended:
            self._close()

    def _hear(self, data: bytes) -> None:
        self._cancel()
        if self._speaker is None:
            self._speaker = self._speaker_for(data)
        self._speaker.hear(data)

    def _speaker_for(self, data: bytes) -> Speaker:
        exchanges = self._place.greeting or self._place.dialogue(data)
        if exchanges:
            return Dialogue(exchanges, self._peer)
        if data.startswith(http2.BEGINS):
            return http2.Http2(self._place, self._peer)
        if http1.BEGINS.match(data):
            return http1.Http1(self._place, self._peer)
        return Other(self._peer)

    def _send(self, data: bytes) -> None:
        if self._transport.is_closing():
            return
        if self._tls:
            self._tls.send(data)
        else:
            self._transport.write(data)

    def _close(self) -> None:
        """After all that was written has gone out."""
        self._transport.close()
