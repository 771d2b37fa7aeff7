"""One HTTP request and its response, parsed by h11, and the outcome of a failed one."""

import errno
import ssl
import time
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

import h11

from harness.model.requests import Outcome

_LOCAL: Final = {errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM}
"""The worker has run out of something. Every other errno is a failure of the system under test or its network."""

_OUTCOMES: Final = dict.fromkeys(_LOCAL, Outcome.local) | {
    errno.ECONNREFUSED: Outcome.refused,
    errno.EHOSTUNREACH: Outcome.unreachable,
    errno.EHOSTDOWN: Outcome.unreachable,
    errno.ENETUNREACH: Outcome.unreachable,
    errno.ENETDOWN: Outcome.unreachable,
    errno.ECONNRESET: Outcome.reset,
    errno.ECONNABORTED: Outcome.reset,
    errno.ENETRESET: Outcome.reset,
    errno.EPIPE: Outcome.reset,
}


_CLIENT: Final = (("User-Agent", "failover-harness"), ("Accept", "*/*"))


class Source(Protocol):
    """Returns the next bytes, none at the end of the stream. Raises `TimeoutError` at the deadline."""

    def receive(self, deadline_ns: int) -> bytes: ...


class Response(NamedTuple):
    """`balancer` and `api`: as the header fields name them, in lower case. `reusable`: for another request."""

    status: int
    balancer: bytes
    api: bytes
    reusable: bool


def ask(line: str, host: str, token: str, *, keep_alive: bool) -> tuple[h11.Connection, bytes]:
    """The parser of the response, and the bytes of the request. `line`: method and path. There is no body.

    Without a token the request is of a site: it names its client as others do, since sites refuse those that do not.
    """
    parser = h11.Connection(h11.CLIENT)
    data = parser.send(_request(line, host, token, keep_alive)) or b""
    parser.send(h11.EndOfMessage())
    return parser, data


@lru_cache(maxsize=8192)
def _request(line: str, host: str, token: str, keep_alive: bool) -> h11.Request:  # noqa: FBT001 - HTTP's own term
    """Cached, so that h11 checks a request once: customers repeat the same ones."""
    method, target = line.split(" ")
    headers = [("Host", host), *([("Authorization", f"Bearer {token}")] if token else _CLIENT)]
    headers += [("Connection", "keep-alive" if keep_alive else "close")]
    headers += [] if method == "GET" else [("Content-Length", "0")]
    return h11.Request(method=method, target=target, headers=headers)


def read_response(source: Source, parser: h11.Connection, timeout_ns: int) -> Response:
    """To the end of its body.

    Raises `TimeoutError` after `timeout_ns`, `EOFError` if the connection ends before, `h11.RemoteProtocolError` if it
    is not HTTP.
    """
    deadline, head, ended = time.monotonic_ns() + timeout_ns, None, False
    try:
        while not isinstance(event := parser.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                head = event
            elif event is h11.NEED_DATA:
                piece = source.receive(deadline)
                ended = not piece
                parser.receive_data(piece)
    except h11.RemoteProtocolError as error:
        raise EOFError(str(error)) if ended else error from None
    assert head  # h11 gives no EndOfMessage without a Response
    fields = dict(head.headers)  # h11 gives the names in lower case
    balancer, api = (fields.get(name, b"").lower() for name in (b"x-lb-node", b"x-api-node"))
    return Response(head.status_code, balancer, api, _reusable(parser))


def _reusable(parser: h11.Connection) -> bool:
    """Neither side closes, and no bytes came behind the response."""
    return parser.our_state is parser.their_state is h11.DONE and not parser.trailing_data[0]


def outcome_of(error: Exception, timeout: Outcome) -> Outcome:
    """The outcome of a failed request; `timeout`: the outcome of a timeout in its phase."""
    match error:
        case TimeoutError():  # also the kernel's ETIMEDOUT
            return timeout
        case EOFError():
            return Outcome.eof
        case ssl.SSLError():  # an OSError with numbers of its own
            return Outcome.http_error
        case OSError(errno=number):
            return _OUTCOMES.get(number or 0, Outcome.failed)
        case _:
            return Outcome.http_error
