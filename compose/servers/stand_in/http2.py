"""HTTP/2 over TCP or TLS: any request is answered. RFC 9113.

Windows of single streams are not counted: an answer is far shorter than the 65,535 bytes that each begins with.
"""

from collections import deque

from stand_in.hpack import Decoder, encode
from stand_in.http import respond
from stand_in.peer import Peer
from stand_in.place import Place

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
BEGINS = PREFACE[:14]
_DATA, _HEADERS, _RESET, _SETTINGS, _PING, _GOAWAY, _WINDOW, _CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
_END_STREAM, _ACK, _END_HEADERS, _PADDED, _PRIORITY = 1, 1, 4, 8, 0x20
_LARGEST = 16384  # bytes of a frame, and of all header frames of a request
_STREAMS = 100
_CONCURRENT = (3).to_bytes(2, "big") + _STREAMS.to_bytes(4, "big")
_REFUSED, _PROTOCOL_ERROR = (7).to_bytes(4, "big"), (1).to_bytes(4, "big")
_WAITING = 1000  # answers that the client does not take


class Http2:
    def __init__(self, place: Place, peer: Peer) -> None:
        self._place, self._peer = place, peer
        self._buffer, self._greeted, self._ended = b"", False, False
        self._decoder = Decoder()
        self._open: dict[int, tuple[str, str]] = {}  # requests whose body is not over
        self._block, self._flags = b"", 0  # of header frames that go on
        self._window = 65535
        self._bodies: deque[tuple[int, bytes]] = deque()

    def hear(self, data: bytes) -> None:
        if self._ended:
            return
        self._buffer += data
        try:
            self._read()
        except (ValueError, IndexError):
            self._fail()

    def _read(self) -> None:
        if not self._greeted:
            if len(self._buffer) < len(PREFACE):
                return
            if not self._buffer.startswith(PREFACE):
                raise ValueError("no preface")
            self._buffer, self._greeted = self._buffer[len(PREFACE) :], True
            self._frame(_SETTINGS, 0, 0, _CONCURRENT)
        while len(self._buffer) >= 9 and not self._ended:
            length = int.from_bytes(self._buffer[:3], "big")
            if length > _LARGEST:
                raise ValueError("a frame that is too large")
            if len(self._buffer) < 9 + length:
                return
            kind, flags = self._buffer[3], self._buffer[4]
            stream = int.from_bytes(self._buffer[5:9], "big") & 0x7FFFFFFF
            payload, self._buffer = self._buffer[9 : 9 + length], self._buffer[9 + length :]
            self._take(kind, flags, stream, payload)

    def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == _HEADERS:
            self._block, self._flags = _bare(payload, flags), flags
            self._headers(stream, done=bool(flags & _END_HEADERS))
        elif kind == _CONTINUATION:
            self._block += payload
            self._headers(stream, done=bool(flags & _END_HEADERS))
        elif kind == _DATA:
            self._data(stream, len(payload), done=bool(flags & _END_STREAM))
        elif kind == _RESET:
            self._open.pop(stream, None)
        elif kind == _WINDOW and not stream:
            self._window += int.from_bytes(payload, "big") & 0x7FFFFFFF
            self._flush()
        elif kind in (_SETTINGS, _PING) and not flags & _ACK:
            self._frame(kind, _ACK, 0, payload if kind == _PING else b"")

    def _headers(self, stream: int, *, done: bool) -> None:
        if len(self._block) > _LARGEST:
            raise ValueError("headers that are too large")
        if not done:
            return
        fields = dict(self._decoder.decode(self._block))
        self._block = b""
        if stream in self._open:  # trailers
            self._answer(stream, *self._open.pop(stream))
        elif self._flags & _END_STREAM:
            self._answer(stream, fields.get(":method", ""), fields.get(":path", ""))
        elif len(self._open) < _STREAMS:
            self._open[stream] = fields.get(":method", ""), fields.get(":path", "")
        else:
            self._frame(_RESET, 0, stream, _REFUSED)

    def _data(self, stream: int, length: int, *, done: bool) -> None:
        if length:
            for each in (0, stream):
                self._frame(_WINDOW, 0, each, length.to_bytes(4, "big"))
        if done and stream in self._open:
            self._answer(stream, *self._open.pop(stream))

    def _answer(self, stream: int, method: str, path: str) -> None:
        response = respond(self._place, self._peer, method, path)
        body = b"" if method == "HEAD" else response.body[:_LARGEST]
        fields = [(":status", str(response.status)), *response.headers, ("content-length", str(len(response.body)))]
        self._frame(_HEADERS, _END_HEADERS | (0 if body else _END_STREAM), stream, encode(fields))
        if body:
            self._bodies.append((stream, body))
            self._flush()
        if len(self._bodies) > _WAITING:
            self._fail()

    def _flush(self) -> None:
        while self._bodies and len(self._bodies[0][1]) <= self._window:
            stream, body = self._bodies.popleft()
            self._window -= len(body)
            self._frame(_DATA, _END_STREAM, stream, body)

    def _frame(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        head = len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big")
        self._peer.send(head + payload)

    def _fail(self) -> None:
        self._ended, self._buffer = True, b""
        self._frame(_GOAWAY, 0, 0, bytes(4) + _PROTOCOL_ERROR)
        self._peer.close()


def _bare(payload: bytes, flags: int) -> bytes:
    """Without padding and priority."""
    if flags & _PADDED:
        payload = payload[1 : len(payload) - payload[0]]
    return payload[5:] if flags & _PRIORITY else payload
