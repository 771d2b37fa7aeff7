"""What a session of a flood says, by the flood's mode. Pure. By hand: 2,000 parsers would cost more than the flood."""

from typing import Final, NamedTuple

from harness.model.ops import Flood
from harness.model.units import s
from locustfiles.credentials import token

AUTHENTICATED: Final = "/me"  # what customers ask: it costs the database a token authentication
CHEAP: Final = "/health"
LINE_NS: Final = 3 * s  # between two header lines of an unfinished request
_END: Final = b"\r\n\r\n"


class Speech(NamedTuple):
    """`first` when a session opens, then `again` every `every_ns` (0: never); `asks`: not before it was answered."""

    first: bytes
    again: bytes = b""
    every_ns: int = 0
    asks: bool = False


def speech(flood: Flood, sessions: int) -> Speech:
    """`sessions`: those that there will be; together they ask `flood.rate_hz` times a second."""
    host = flood.target.partition(":")[0]
    match flood.mode:
        case "requests":
            request = _request(AUTHENTICATED, host)
            return Speech(request, request, round(sessions * s / flood.rate_hz), asks=True)
        case "idle":
            return Speech(_request(CHEAP, host))
        case "unfinished":
            return Speech(_request(AUTHENTICATED, host).removesuffix(b"\r\n"), b"X-More: 1\r\n", LINE_NS)


def complete(answer: bytes) -> bool:
    """Is it a whole response, with as much body as its head announces?"""
    end = answer.find(_END)
    length = _field(answer[:end].lower(), b"content-length") if end >= 0 else b""
    return end >= 0 and len(answer) - end - len(_END) >= int(length or 0)


def _field(head: bytes, name: bytes) -> bytes:
    """A header field's value in a lower-case head; empty if it is not there."""
    start = head.find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    start += len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else None].strip()


def _request(path: str, host: str) -> bytes:
    fields = f"Host: {host}\r\nAuthorization: Bearer {token(1)}\r\nConnection: keep-alive"
    return f"GET {path} HTTP/1.1\r\n{fields}\r\n\r\n".encode()
