"""Plans: ops and when each is done. Pure data, as it travels from the client to the agents."""

from collections.abc import Iterable
from typing import Self

import msgspec

from harness.model.ops.base import AgentName
from harness.model.ops.union import AnyOp


class Part(msgspec.Struct, frozen=True):
    """One op, `begin_ns` after the plan's start until `end_ns` after it (None: until undone, or an act)."""

    op: AnyOp
    begin_ns: int = 0
    end_ns: int | None = None


class Alignment(msgspec.Struct, frozen=True):
    """Start `phase_ns` after the `skip`-th next advert of `vrid` that comes in at one of `ports` (0: the very next)."""

    ports: tuple[str, ...]  # NODE.SEGMENT: another segment may have the same VRID
    vrid: int
    phase_ns: int
    skip: int


class Trigger(msgspec.Struct, frozen=True):
    """An event, as `harness.model.triggers` reads it: ``started(lb-ext-1, keepalived)``."""

    kind: str
    where: str
    what: str | None = None

    def __str__(self) -> str:
        return f"{self.kind}({self.where}{f', {self.what}' if self.what else ''})"


class Plan(msgspec.Struct, frozen=True):
    """What a fault or a mitigation asks for: pure data, mergeable with ``&``. Only a client arms `sequels`."""

    parts: tuple[Part, ...]
    alignment: Alignment | None = None
    sequels: tuple["Sequel", ...] = ()

    def __and__(self, other: Self) -> Self:
        return msgspec.structs.replace(
            self,
            parts=self.parts + other.parts,
            alignment=self.alignment or other.alignment,
            sequels=self.sequels + other.sequels,
        )

    @property
    def every_part(self) -> tuple[Part, ...]:
        """With those of the sequels: what must be leased, and which agents take part."""
        return (*self.parts, *(part for each in self.sequels for part in each.plan.parts))

    @property
    def ends_ns(self) -> int | None:
        """When the last part ends, sequels apart; None if any held op waits for an undo."""
        ends = [part.end_ns if part.op.held else part.begin_ns for part in self.parts]
        return None if None in ends else max((end for end in ends if end is not None), default=0)

    def later(self, by_ns: int) -> Self:
        """The same parts, each `by_ns` later."""
        parts = (Part(p.op, p.begin_ns + by_ns, None if p.end_ns is None else p.end_ns + by_ns) for p in self.parts)
        return msgspec.structs.replace(self, parts=tuple(parts))

    def share_of(self, agent: AgentName) -> Self:
        """The same plan with only the parts that `agent` applies; part numbers in events refer to this share."""
        return msgspec.structs.replace(self, parts=tuple(p for p in self.parts if p.op.agent == agent), sequels=())


class Sequel(msgspec.Struct, frozen=True):
    """A plan that begins as soon as an event has happened: within `within_ns` of the start of the plan that has it."""

    after: Trigger
    plan: Plan
    within_ns: int


def plan(ops: Iterable[AnyOp], duration: int | None = None) -> Plan:
    """Every op from 0 to `duration` (ns; None: until undone)."""
    return Plan(tuple(Part(op, 0, duration) for op in ops))
