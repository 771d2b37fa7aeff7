"""The agents' side of `harness.model.protocol`: JSON Lines over a Unix socket, on a `Loop`.

How to make an agent (`agent.py` has what is common to all of them)::

    loop = Loop()                                  # Loop(realtime.best()) only in the hand
    class Eye(Agent):                              # override baseline, wired, notes, measure as needed
        ...
    eye = Eye("eye", loop, topology)               # with executor=…: also arm, act, undo, lease; replays its journal
    eye.emit(ArpSeen(…))                           # to every subscriber
    eye.open(); loop.run()                         # listens on /run/agent/eye.sock

`Server` never blocks: it buffers up to `BACKLOG` bytes for a client that does not read. Then it drops and counts the
client's events, and reports them by one `EventsLost` as soon as the client reads again. It never drops replies.

Every event has a serial number, the same for every subscriber, from 1 on in one process of the agent. Events without a
subscriber are counted too: so a client that reconnects sees by the gap that it missed events.
"""

import errno
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from harness.agents.loop import READABLE, WRITABLE, Loop, now
from harness.model.events import AnyEvent, EventsLost
from harness.model.protocol import AnyAsk, AnyReply, Refused

BACKLOG: Final = 8 << 20
LONGEST_LINE: Final = 1 << 20
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(AnyAsk).decode


class Client:
    """One connection, and the bytes that the client has not read yet."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.subscribed = False
        self.unread = bytearray()
        self.lost = 0
        self._line = bytearray()

    def lines(self) -> list[bytes] | None:
        """Complete lines that have arrived; None if the peer closed or sent a line over `LONGEST_LINE`."""
        try:
            chunk = self.socket.recv(1 << 16)
        except BlockingIOError:
            return []
        except ConnectionError:
            return None
        self._line += chunk
        *lines, rest = self._line.split(b"\n")
        self._line = rest
        return None if not chunk or len(rest) > LONGEST_LINE else [bytes(line) for line in lines]

    def put(self, line: bytes) -> None:
        """An event: dropped and counted if the client is too far behind."""
        if len(self.unread) > BACKLOG:
            self.lost += 1
        else:
            self.unread += line

    def send(self) -> bool:
        """Writes as much as the socket takes. False: the connection is closed."""
        try:
            if self.unread:
                del self.unread[: self.socket.send(self.unread)]
        except BlockingIOError:
            return True
        except ConnectionError:
            return False
        return True


class Server:
    """`answer(client, ask)` sends the reply, now or later; `gone(client)`: a connection has ended."""

    def __init__(
        self, loop: Loop, path: Path, answer: Callable[[Client, AnyAsk], None], gone: Callable[[Client], None]
    ) -> None:
        self._loop = loop
        self._path = path
        self._answer = answer
        self._gone = gone
        self._clients: dict[int, Client] = {}
        self._flushing = False
        self._serial = 0
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)

    def open(self) -> None:
        """Listens: once the socket file exists a client can connect."""
        self._path.unlink(missing_ok=True)
        staging = self._path.with_suffix(".new")
        staging.unlink(missing_ok=True)
        self._listener.bind(str(staging))
        self._listener.listen(16)
        staging.rename(self._path)
        self._loop.watch(self._listener.fileno(), self._accept)

    def close(self) -> None:
        for client in list(self._clients.values()):
            self._drop(client)
        self._loop.forget(self._listener.fileno())
        self._listener.close()

    @property
    def observed(self) -> bool:
        """Is a client subscribed? If not, an observer may skip decoding and encoding."""
        return any(client.subscribed for client in self._clients.values())

    def emit(self, event: AnyEvent) -> None:
        """To every subscriber, in order; sent at the end of the loop's turn, after all due deadlines."""
        self._serial += 1
        if self.observed:
            numbered = msgspec.structs.replace(event, told_by=self._path.stem, serial=self._serial)
            line = _encode(numbered) + b"\n"
            for client in self._clients.values():
                if client.subscribed:
                    client.put(line)
            self._flush_soon()

    def tell(self, client: Client, what: AnyEvent | AnyReply) -> None:
        """To one client only: a reply, a baseline. Not numbered, not limited by `BACKLOG`; no effect if it is gone."""
        client.unread += _encode(what) + b"\n"
        self._flush_soon()

    def _flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            self._loop.afterwards(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        for client in list(self._clients.values()):
            self._write(client)

    def _write(self, client: Client) -> None:
        if not client.send():
            self._drop(client)
            return
        if client.lost and len(client.unread) < BACKLOG // 2:
            client.unread += _encode(EventsLost(now(), self._path.stem, client.lost)) + b"\n"
            client.lost = 0
        events = READABLE | (WRITABLE if client.unread else 0)
        self._loop.watch(client.socket.fileno(), lambda events: self._ready(client, events), events)

    def _accept(self, _: int) -> None:
        try:
            connection, _peer = self._listener.accept()
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.ECONNABORTED):  # the client left meanwhile
                return
            raise
        connection.setblocking(False)
        client = Client(connection)
        self._clients[connection.fileno()] = client
        self._write(client)

    def _ready(self, client: Client, events: int) -> None:
        if events & WRITABLE:
            self._write(client)
        if events & ~WRITABLE and client.socket.fileno() >= 0:
            self._read(client)

    def _read(self, client: Client) -> None:
        lines = client.lines()
        if lines is None:
            self._drop(client)
            return
        for line in lines:
            self._take(client, line)

    def _take(self, client: Client, line: bytes) -> None:
        try:
            ask = _decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:  # ValidationError is a DecodeError
            self.tell(client, Refused(_id(line), "usage", str(error)))
        else:
            self._answer(client, ask)

    def _drop(self, client: Client) -> None:
        fd = client.socket.fileno()
        if self._clients.pop(fd, None):
            self._loop.forget(fd)
            client.socket.close()
            self._gone(client)


class _Id(msgspec.Struct):
    id: int = 0


def _id(line: bytes) -> int:
    """The number of a request that is otherwise not valid; 0 if the number is not readable either."""
    try:
        return msgspec.json.decode(line, type=_Id).id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return 0
