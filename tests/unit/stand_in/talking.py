"""A connection of the stand-in without a network: what it hears, and what it says."""

from dataclasses import dataclass, field

from stand_in.peer import Peer
from stand_in.place import Place

PLACE = Place("192.0.2.1", 80)


@dataclass
class Wire:
    said: bytearray = field(default_factory=bytearray)
    closed: bool = False

    @property
    def peer(self) -> Peer:
        return Peer(self.said.extend, self._close, "lb1")

    def _close(self) -> None:
        self.closed = True

    def take(self) -> bytes:
        """What was said since it was asked last."""
        said = bytes(self.said)
        self.said.clear()
        return said
