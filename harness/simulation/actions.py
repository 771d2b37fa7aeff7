"""What an instance is told and what it asks for: a packet, where it is, and the actions of `World`."""

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from harness.simulation.role import Role

State = Literal["INIT", "BACKUP", "MASTER", "FAULT", "STOP"]
Repeat = Literal["burst", "refresh", "lower"]


class Packet(NamedTuple):
    """An advertisement as its receiver reads it. `ip`: of the sender, as a number."""

    priority: int
    ip: int
    advert_int_ns: int


class Where(NamedTuple):
    """`port`: where adverts leave. `ip`: of that port, as a number."""

    node: str
    router: str
    port: str
    ip: int


class Burst(NamedTuple):
    """An announcement that keepalived planned in one of its lives."""

    what: Repeat
    repeat: int
    life: int


class Actions(Protocol):
    """What an instance asks for. Nothing of it takes time for the instance."""

    def advertise(self, one: "Role", priority: int) -> None: ...
    def hold(self, one: "Role", *, present: bool) -> None: ...
    def announce(self, one: "Role", repeat: int) -> None: ...
    def later(self, one: "Role", after_ns: int, what: Repeat, repeat: int) -> None: ...
    def says(self, one: "Role", state: str) -> None: ...
