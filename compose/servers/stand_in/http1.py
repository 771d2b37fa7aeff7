"""HTTP/1: any request is answered, connections are kept. RFC 9112."""

import re
from collections.abc import Callable

from stand_in.http import respond
from stand_in.peer import Peer
from stand_in.place import Place

BEGINS = re.compile(rb"[A-Z]{3,16} [^\s]")
_HEAD = re.compile(r"([A-Z]{1,16}) (\S+) HTTP/1\.([01])")
_LARGEST = 16384  # bytes of a request's head, and of a chunk's first line
_REASON = "Stand-in"


class Http1:
    """Keeps at most a head: bodies are counted and dropped."""

    def __init__(self, place: Place, peer: Peer) -> None:
        self._place, self._peer = place, peer
        self._buffer, self._ended = b"", False
        self._next: Callable[[], bool] = self._head
        self._answer: Callable[[], None] = self._nothing
        self._left = 0

    def hear(self, data: bytes) -> None:
        if self._ended:
            return
        self._buffer += data
        while self._next():
            pass
        if len(self._buffer) > _LARGEST and not self._ended:
            self._refuse(431)

    def _head(self) -> bool:
        """Each step returns whether it may be that another one can be done."""
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found or len(head) > _LARGEST:
            return False
        self._buffer = rest
        first, *lines = head.decode("latin-1").split("\r\n")
        parsed = _HEAD.fullmatch(first.lstrip("\r\n"))
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = fields.get("content-length", "0")
        if parsed is None or not (length.isascii() and length.isdigit() and len(length) < 16):
            self._refuse(400)
            return False
        method, path, minor = parsed.groups()
        kept = minor == "1" and "close" not in fields.get("connection", "").lower()
        self._answer = lambda: self._respond(method, path, kept=kept)
        if fields.get("expect", "").lower() == "100-continue":
            self._peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        chunked = fields.get("transfer-encoding", "").lower() == "chunked"
        self._left = int(length)
        self._next = self._chunk if chunked else self._body
        return True

    def _body(self) -> bool:
        if not self._dropped():
            return False
        self._next = self._head
        self._answer()
        return not self._ended

    def _dropped(self) -> bool:
        """Is all of a body, or of a chunk, over? What has come of it is dropped."""
        taken = min(self._left, len(self._buffer))
        self._buffer, self._left = self._buffer[taken:], self._left - taken
        return not self._left

    def _chunk(self) -> bool:
        line, found, rest = self._buffer.partition(b"\r\n")
        if not found:
            return False
        size = line.partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", size):
            self._refuse(400)
            return False
        self._buffer, self._left = rest, int(size, 16)
        self._next = self._content if self._left else self._trailer
        self._left += 2  # its end of line
        return True

    def _content(self) -> bool:
        if not self._dropped():
            return False
        self._next = self._chunk
        return True

    def _trailer(self) -> bool:
        line, found, rest = self._buffer.partition(b"\r\n")
        if not found:
            return False
        self._buffer = rest
        if not line:
            self._next = self._head
            self._answer()
        return not self._ended

    def _respond(self, method: str, path: str, *, kept: bool) -> None:
        response = respond(self._place, self._peer, method, path)
        headers = [*response.headers, ("Content-Length", str(len(response.body)))]
        body = b"" if method == "HEAD" else response.body
        self._write(response.status, headers, body, kept=kept)

    def _refuse(self, status: int) -> None:
        self._write(status, [("Content-Length", "0")], b"", kept=False)

    def _write(self, status: int, headers: list[tuple[str, str]], body: bytes, *, kept: bool) -> None:
        lines = [f"HTTP/1.1 {status} {_REASON}", *(f"{name}: {value}" for name, value in headers)]
        lines += [] if kept else ["Connection: close"]
        self._peer.send("\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body)
        if not kept:
            self._ended, self._buffer = True, b""
            self._peer.close()

    def _nothing(self) -> None:
        """Before the first request."""
