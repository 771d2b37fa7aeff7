"""All events, as a union for msgspec and type checkers. Each subject's file has its own; here they are only joined."""

from typing import ClassVar

import msgspec

from harness.model.events.agents import AgentEvent
from harness.model.events.databases import DatabaseEvent
from harness.model.events.floods import FloodEvent
from harness.model.events.frames import FrameEvent
from harness.model.events.haproxy import HaproxyEvent
from harness.model.events.network import NetworkEvent
from harness.model.events.plans import PlanEvent
from harness.model.events.switches import SwitchEvent
from harness.model.events.vrrp import VrrpEvent

AnyEvent = (
    FrameEvent
    | NetworkEvent
    | SwitchEvent
    | PlanEvent
    | AgentEvent
    | VrrpEvent
    | FloodEvent
    | HaproxyEvent
    | DatabaseEvent
)


class _Tagged(msgspec.Struct, frozen=True):
    event: str


class Decoder:
    """Decodes JSON Lines; unknown kinds are counted in `skipped` by name, never an error."""

    _decode: ClassVar[msgspec.json.Decoder[AnyEvent]] = msgspec.json.Decoder(AnyEvent)
    _kind: ClassVar[msgspec.json.Decoder[_Tagged]] = msgspec.json.Decoder(_Tagged)

    def __init__(self) -> None:
        self.skipped: dict[str, int] = {}

    def decode(self, line: bytes) -> AnyEvent | None:
        """One event; None for an unknown kind.

        Raises `msgspec.DecodeError` for a torn line, `UnicodeDecodeError` for one that is no UTF-8.
        """
        try:
            return self._decode.decode(line)
        except msgspec.ValidationError:
            kind = self._kind.decode(line).event
            if kind in KINDS:
                raise
            self.skipped[kind] = self.skipped.get(kind, 0) + 1
            return None


KINDS = frozenset(str(kind.__struct_config__.tag) for kind in AnyEvent.__args__)
encode = msgspec.json.Encoder().encode
