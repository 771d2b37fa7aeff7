"""Ops: the primitives that agents apply, as data. A plan is a set of parts, each an op held from `begin` to `end`.

A *held* op (Drop, LinkDown, Signal…) has an inverse that the agent knows; `end=None` holds it until undone.
An *act* (FlushNeighbours, Announce…) happens once at `begin` and has no inverse.
"""

from collections.abc import Iterable
from typing import Literal, Self

import msgspec

Side = Literal["ingress", "egress"]
"""As the switch sees it: ``ingress`` = frames that come in from the cable (what a node sends: ``out``)."""


class Op(msgspec.Struct, frozen=True, tag_field="op", tag=str.lower):
    """Base of all ops. `agent` is the one that applies it."""


class Drop(Op, frozen=True, tag="drop"):
    """Every frame on one side of a switch port is dropped (nftables). Port: NODE.SEGMENT, TRUNK.a or TRUNK.b."""

    port: str
    side: Side


class LinkDown(Op, frozen=True, tag="link_down"):
    """The cable loses carrier at both ends: the node's kernel sees it within a millisecond."""

    port: str


class FlushNeighbours(Op, frozen=True, tag="flush_neighbours"):
    """Act: forget every learnt (never a PERMANENT) neighbour of a node; with `ip`, only that one."""

    node: str
    ip: str | None = None


class FlushFdb(Op, frozen=True, tag="flush_fdb"):
    """Act: forget every learnt MAC address of a switch."""

    switch: str


class Announce(Op, frozen=True, tag="announce"):
    """Act: gratuitous ARP for a pair's VIP from whichever node holds it now (RFC 5227 section 3, keepalived's form).

    Refused if nobody holds the VIP. If both do, both send, the preferred master last.
    """

    pair: str


class Signal(Op, frozen=True, tag="signal"):
    """STOP every process of one service (or of the whole node: `service` None); the inverse is CONT."""

    node: str
    service: str | None = None


class ServiceDown(Op, frozen=True, tag="service_down"):
    """A supervised service is stopped; the inverse starts it."""

    node: str
    service: str


class ServiceRestart(Op, frozen=True, tag="service_restart"):
    """Act: a supervised service is restarted."""

    node: str
    service: str


class HaproxySet(Op, frozen=True, tag="haproxy_set"):
    """One value of HAProxy's runtime API, e.g. key ``maxconn frontend api``; the inverse restores what was there."""

    node: str
    key: str
    value: str


NetworkOp = Drop | LinkDown | FlushNeighbours | FlushFdb | Announce
ServiceOp = Signal | ServiceDown | ServiceRestart | HaproxySet
AnyOp = NetworkOp | ServiceOp

ACTS = (FlushNeighbours, FlushFdb, Announce, ServiceRestart)
AGENT_OF: dict[type[Op], str] = {
    **dict.fromkeys((Drop, LinkDown, FlushNeighbours, FlushFdb, Announce), "network-agent"),
    **dict.fromkeys((Signal, ServiceDown, ServiceRestart, HaproxySet), "service-agent"),
}


class Part(msgspec.Struct, frozen=True):
    """One op, `begin_ns` after the plan's start until `end_ns` after it (None: until undone, or an act)."""

    op: AnyOp
    begin_ns: int = 0
    end_ns: int | None = None


class Alignment(msgspec.Struct, frozen=True):
    """Start `phase_ns` after the `skip`-th next advert of `vrid` that leaves `node` (0: the very next)."""

    node: str
    vrid: int
    phase_ns: int = 1_000_000
    skip: int = 0


class Plan(msgspec.Struct, frozen=True):
    """What a fault or a mitigation asks for: pure data, mergeable with ``&``."""

    parts: tuple[Part, ...]
    alignment: Alignment | None = None

    def __and__(self, other: Self) -> Self:
        return msgspec.structs.replace(
            self, parts=self.parts + other.parts, alignment=self.alignment or other.alignment
        )

    @property
    def ends_ns(self) -> int | None:
        """When the last part ends; None if any held op waits for an undo."""
        ends = [part.begin_ns if isinstance(part.op, ACTS) else part.end_ns for part in self.parts]
        return None if None in ends else max(end for end in ends if end is not None)

    def share_of(self, agent: str) -> Self:
        """The same plan with only the parts that `agent` applies; part numbers in events refer to this share."""
        return msgspec.structs.replace(self, parts=tuple(p for p in self.parts if AGENT_OF[type(p.op)] == agent))


def plan(ops: Iterable[AnyOp], duration: int | None = None) -> Plan:
    """Every op from 0 to `duration` (ns; None: until undone)."""
    return Plan(tuple(Part(op, 0, duration) for op in ops))
