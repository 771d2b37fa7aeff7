"""What a session of a flood says, by the flood's mode. Pure."""

from typing import Final, NamedTuple

from harness.model.ops import Flood
from harness.model.units import s
from locustfiles.credentials import token
from locustfiles.http import field, get

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
    length = field(answer[:end].lower(), b"content-length") if end >= 0 else b""
    return end >= 0 and len(answer) - end - len(_END) >= int(length or 0)


def _request(path: str, host: str) -> bytes:
    return get(path, host, keep_alive=True, token=token(1))
