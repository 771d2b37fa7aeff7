"""The facts that every op states beside its fields: agents, checks and recovery read them, and keep no lists of ops.

None of these facts has a default. A package with an op that lacks one cannot be imported.
Held ops state the rank of their undo and what they block. Acts have neither: `Act` states that for all of them.
"""

from abc import abstractmethod
from enum import Enum, auto
from inspect import get_annotations
from typing import ClassVar, Final, Literal, NamedTuple

import msgspec

AgentName = Literal["network-agent", "service-agent"]
NETWORK: Final = "network-agent"
SERVICE: Final = "service-agent"

Side = Literal["ingress", "egress"]
"""As the switch sees it: ``ingress`` = frames that come in from the cable (what a node sends: ``out``)."""

LOOP: Final = ""
"""The lane of an op that takes less than 5 ms: it is done on the agent's loop, and waits for nothing."""


class Disturbs(Enum):
    """What VRRP notices of an op on a node or trunk of the pair, and by what."""

    nothing = auto()
    """VRRP uses nothing that the op changes: a failover that follows is a finding."""
    announcements = auto()
    """Gratuitous ARP does not arrive. keepalived listens to adverts: mastership stays."""
    adverts = auto()
    """Adverts alone stop, and only their absence shows it."""
    frames = auto()
    """Frames of every kind are lost or late on their way: adverts, and what a check asks beyond its node."""
    requests = auto()
    """What a check asks beyond its node is lost, and the check alone shows it: adverts arrive."""
    node = auto()
    """All of a node stands still or starves, keepalived too: adverts stop, and its checks may fail."""
    service = auto()
    """Something of a node beside keepalived's own adverts stands still, or lacks something: a check alone shows it."""
    openly = auto()
    """The kernel tells keepalived (carrier), or a service ends and says so."""


class Blocked(NamedTuple):
    """Frames that do not pass a switch port: every frame, or one kind alone.

    `announced`: only gratuitous ARP of this address. `adverts`: only VRRP adverts, all or those to a multicast group.
    """

    port: str
    side: Side | None
    """None: there is no carrier, and nothing passes either way."""
    announced: str | None = None
    adverts: Literal["", "all", "multicast"] = ""

    @property
    def drops_all(self) -> bool:
        """Every frame on one side, while the carrier stays: the port's kernel notices nothing."""
        return self.side is not None and self.announced is None and not self.adverts


class Op(msgspec.Struct, frozen=True, tag_field="op", tag=str.lower):
    """Base of all ops. As text an op is always this one line: ``link down gw-1.external``."""

    agent: ClassVar[AgentName]
    """Which agent performs it."""
    held: ClassVar[bool]
    """True: it has an inverse. False: it is an act, which happens once."""
    undo_rank: ClassVar[int]
    """Of all held ops those with the lowest rank are undone first: the fastest inverses.

    0: one message, 1: a signal or a word to a process, 2: an ARP entry, 3: a carrier, which a kernel must notice, 4: an
    order to a supervisor, 5: an answer of a database, a proxy or a generator.
    """
    outlives_node: ClassVar[bool]
    """Whether its effect is still there when its node has ended and started again: it is in the node's files."""

    @property
    @abstractmethod
    def disturbs(self) -> Disturbs:
        """What VRRP notices of it."""

    @property
    @abstractmethod
    def place(self) -> str:
        """The node, trunk, switch or router on which it is done. The end of a node ends what is done on it."""

    @property
    @abstractmethod
    def leased(self) -> str:
        """What a lease must cover before it may be held: a node, a port, a trunk's end."""

    @property
    @abstractmethod
    def lane(self) -> str:
        """Ops of one lane wait for each other, and nothing else waits for them; `LOOP` if it takes less than 5 ms."""

    @property
    @abstractmethod
    def blocks(self) -> Blocked | None:
        """Which frames do not pass while it is held. None: it blocks no frame at a switch port."""

    def __str__(self) -> str:
        kind = named(type(self))
        values = (getattr(self, name) for name in self.__struct_fields__)
        return " ".join([kind, *(str(value) for value in values if value is not None)])


def named(kind: type[Op]) -> str:
    """A kind of op, for people: ``link down``."""
    return str(kind.__struct_config__.tag).replace("_", " ")


class Act(Op, frozen=True):
    """Happens once at its begin, has no inverse, needs no lease: operators must be able to act during a fault."""

    held = False
    undo_rank = 0  # there is nothing to undo
    outlives_node = False  # and nothing is held
    blocks = None


class Held(Op, frozen=True):
    """Has an inverse, which the agent knows: it is held from its begin to its end, or until undone."""

    held = True


class OnNode(Op, frozen=True):
    """An op on a node. It brings two facts, which follow from its field."""

    node: str

    @property
    def place(self) -> str:
        return self.node

    @property
    def leased(self) -> str:
        return self.node


class OnPort(Op, frozen=True):
    """An op on a switch port: NODE.SEGMENT, TRUNK.a or TRUNK.b. It brings two facts, which follow from its field."""

    port: str

    @property
    def place(self) -> str:
        return self.port.rpartition(".")[0]

    @property
    def leased(self) -> str:
        return self.port


class OnSwitch(Op, frozen=True):
    """An op on a switch. It brings two facts, which follow from its field."""

    switch: str

    @property
    def place(self) -> str:
        return self.switch

    @property
    def leased(self) -> str:
        return self.switch


FACTS: Final = (
    *get_annotations(Op),
    *(name for name, member in vars(Op).items() if getattr(member, "__isabstractmethod__", False)),
)
"""The names of the facts that every op states."""


def require(op: type[Op]) -> None:
    """Raises `TypeError` with the names of the facts that this op does not state."""
    if unstated := [name for name in FACTS if _unstated(op, name)]:
        raise TypeError(f"The op {op.__name__} does not state its {', '.join(unstated)}.")


def _unstated(op: type[Op], name: str) -> bool:
    return not hasattr(op, name) or getattr(getattr(op, name), "__isabstractmethod__", False)
