"""The other end of a connection, as a protocol sees it: bytes go out, and the connection can be closed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Peer:
    """`balancer`: name of the node, or its address if no node has that address."""

    send: Callable[[bytes], None]
    close: Callable[[], None]
    balancer: str


class Speaker(Protocol):
    """Answers one connection, without its PROXY header and TLS. It may raise nothing: a peer can send any bytes."""

    def hear(self, data: bytes) -> None: ...
