"""What a session of a flood sends, by the flood's mode. Pure. No h11: 2,000 parsers would cost more than the flood."""

from typing import Final, NamedTuple

from harness.model.ops import Flood
from harness.model.units import s
from locustfiles.credentials import token

AUTHENTICATED: Final = "/me"  # as customers ask: it costs the database a token authentication
CHEAP: Final = "/health"
LINE_NS: Final = 3 * s  # between two header lines of an unfinished request
_END: Final = b"\r\n\r\n"


class Messages(NamedTuple):
    """`first` when a session opens, then `again` every `every_ns` (0: never); `awaits_answer`: after an answer only."""

    first: bytes
    again: bytes = b""
    every_ns: int = 0
    awaits_answer: bool = False


def messages(flood: Flood, sessions: int) -> Messages:
    """`sessions`: how many there will be; together they send `flood.rate_hz` requests a second."""
    host = flood.target.partition(":")[0]
    match flood.mode:
        case "requests":
            request = _request(AUTHENTICATED, host)
            return Messages(request, request, round(sessions * s / flood.rate_hz), awaits_answer=True)
        case "idle":
            return Messages(_request(CHEAP, host))
        case "unfinished":
            return Messages(_request(AUTHENTICATED, host).removesuffix(b"\r\n"), b"X-More: 1\r\n", LINE_NS)


def complete(answer: bytes) -> bool:
    """Is it a whole response, with a body of `Content-Length` bytes?"""
    end = answer.find(_END)
    length = _field(answer[:end].lower(), b"content-length") if end >= 0 else b""
    return end >= 0 and len(answer) - end - len(_END) >= int(length or 0)


def _field(head: bytes, name: bytes) -> bytes:
    """A header field's value in a lower-case head; empty without the field."""
    start = head.find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    start += len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else None].strip()


def _request(path: str, host: str) -> bytes:
    fields = f"Host: {host}\r\nAuthorization: Bearer {token(1)}\r\nConnection: keep-alive"
    return f"GET {path} HTTP/1.1\r\n{fields}\r\n\r\n".encode()
