"""As much HTTP/1.1 as a probe needs: one request, one response, and what went wrong."""

import errno
import time
from typing import Final, NamedTuple, Protocol

from harness.model.requests import Outcome

_END: Final = b"\r\n\r\n"
_OUTCOMES: Final = {
    errno.ECONNREFUSED: Outcome.refused,
    errno.EHOSTUNREACH: Outcome.unreachable,
    errno.ENETUNREACH: Outcome.unreachable,
    errno.ECONNRESET: Outcome.reset,
    errno.EPIPE: Outcome.reset,
}


class Source(Protocol):
    """Raises `TimeoutError` at the deadline, `EOFError` at the end."""

    def receive(self, deadline_ns: int) -> bytes: ...


class Response(NamedTuple):
    """`reusable`: the connection may carry another request."""

    status: int
    balancer: bytes
    api: bytes
    reusable: bool


def get(path: str, host: str, keep_alive: bool, token: str) -> bytes:  # noqa: FBT001 - HTTP's own word
    return ask(f"GET {path}", host, keep_alive, token)


def ask(line: str, host: str, keep_alive: bool, token: str) -> bytes:  # noqa: FBT001 - likewise
    """`line`: method and path. There is no body."""
    connection = "keep-alive" if keep_alive else "close"
    fields = f"Host: {host}\r\nAuthorization: Bearer {token}\r\nConnection: {connection}"
    length = "" if line.startswith("GET ") else "\r\nContent-Length: 0"
    return f"{line} HTTP/1.1\r\n{fields}{length}\r\n\r\n".encode()


def read_response(source: Source, timeout_ns: int) -> Response:
    """Raises `TimeoutError` if it takes longer, `EOFError` if it ends early, `ValueError` if it is not HTTP."""
    deadline = time.monotonic_ns() + timeout_ns
    data = b""
    while (end := data.find(_END)) < 0:
        data += source.receive(deadline)
    head = data[:end].lower()
    length = field(head, b"content-length")
    missing = int(length) - (len(data) - end - len(_END)) if length else 0
    while missing > 0:
        missing -= len(source.receive(deadline))
    reusable = bool(length) and field(head, b"connection") != b"close"
    return Response(int(head[9:12]), field(head, b"x-lb-node"), field(head, b"x-api-node"), reusable)


def field(head: bytes, name: bytes) -> bytes:
    """A header field's value in a lower-case head; empty if it is not there."""
    start = head.find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    start += len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else None].strip()


def outcome_of(error: Exception, timeout: Outcome) -> Outcome:
    """What a failed request is recorded as; `timeout`: what a timeout means in the phase it was in."""
    match error:
        case TimeoutError():  # the kernel's own ETIMEDOUT is one too
            return timeout
        case EOFError():
            return Outcome.eof
        case OSError(errno=number):
            return _OUTCOMES.get(number or 0, Outcome.local)
        case _:
            return Outcome.http_error
