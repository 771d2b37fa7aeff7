"""What a request over HTTP is answered, in either version."""

from dataclasses import dataclass

from stand_in.peer import Peer
from stand_in.place import Place

_SHOWN = 200  # characters of a path
_WITHOUT_BODY = (204, 304)


@dataclass(frozen=True)
class Response:
    """`headers` without the length. A response to HEAD, and one that may not have a body, has the length of none."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def respond(place: Place, peer: Peer, method: str, path: str) -> Response:
    """The headers name the balancer that the request came from, and this server."""
    answer = place.answer(method, path)
    headers = [("Server", "stand-in"), ("X-LB-Node", peer.balancer), ("X-Api-Node", place.name), *answer.headers]
    body = answer.body or f"stand-in {place.name} {method} {path[:_SHOWN]}\n"
    bare = answer.status in _WITHOUT_BODY or answer.status < 200
    return Response(answer.status, headers, b"" if bare else body.encode("latin-1", "replace"))
