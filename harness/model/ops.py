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
    """Base of all ops. As text an op is one line, whoever tells of it: ``link down gw-1.external``."""

    def __str__(self) -> str:
        kind = str(self.__struct_config__.tag).replace("_", " ")
        values = (getattr(self, name) for name in self.__struct_fields__)
        return " ".join([kind, *(str(value) for value in values if value is not None)])


class Drop(Op, frozen=True, tag="drop"):
    """Every frame on one side of a switch port is dropped (nftables). Port: NODE.SEGMENT, TRUNK.a or TRUNK.b."""

    port: str
    side: Side


class LinkDown(Op, frozen=True, tag="link_down"):
    """The cable loses carrier at both ends: the node's kernel sees it within a millisecond."""

    port: str


class DropGarp(Op, frozen=True, tag="drop_garp"):
    """Announcements of `ip` are dropped on one side of a switch port; everything else passes.

    That is every broadcast ARP frame in which `ip` is the sender: gratuitous ARP, and the who-has of its owner, from
    which caches learn just as well. Answers to a cache that asks are unicast, and pass.
    """

    port: str
    side: Side
    ip: str


class PinNeighbour(Op, frozen=True, tag="pin_neighbour"):
    """A node's ARP entry for `ip` keeps the MAC address that it has now: PERMANENT, deaf to every ARP frame.

    Refused if there is no entry with a MAC address, or if it is PERMANENT already. The inverse makes it STALE, if it
    still is what was set.
    """

    node: str
    ip: str


class FlushNeighbours(Op, frozen=True, tag="flush_neighbours"):
    """Act: forget every learnt (never a PERMANENT) neighbour of a node; with `ip`, only that one."""

    node: str
    ip: str | None = None


class ArpTimeout(Op, frozen=True, tag="arp_timeout"):
    """Act: for how long a node uses an ARP entry that nobody has confirmed, before it asks. Not undone: set it anew."""

    node: str
    timeout_ns: int


class ArpAnnounce(Op, frozen=True, tag="arp_announce"):
    """Act: which address a node names as its own when it asks: 0 that of the packet (a VIP, too), 2 that of the cable.

    net.ipv4.conf.DEVICE.arp_announce of its data ports. Not undone: set it anew.
    """

    node: str
    level: int


class PinMac(Op, frozen=True, tag="pin_mac"):
    """Act: the switch keeps a MAC address at this port, whatever it hears elsewhere (port security); or no longer."""

    port: str
    mac: str
    pinned: bool


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


class ServiceReload(Op, frozen=True, tag="service_reload"):
    """Act: a supervised service is told to read its files anew, and goes on (SIGHUP)."""

    node: str
    service: str


class Reboot(Op, frozen=True, tag="reboot"):
    """Act: every service of a node ends, and when all have ended each is started anew."""

    node: str


class SessionLimit(Op, frozen=True, tag="session_limit"):
    """Act: every frontend of a balancer may have so many sessions; `SessionLimitSet` says how that was done."""

    node: str
    limit: int


class ShareServer(Op, frozen=True, tag="share_server"):
    """Act: a server that a balancer's configuration lists as disabled is used."""

    node: str
    server: str


class HaproxyAsConfigured(Op, frozen=True, tag="haproxy_as_configured"):
    """Act: whatever operators set or edited is taken back. Nothing happens where nobody did."""

    node: str


RIGHT_INDEX, WRONG_INDEX = "ix_bucket", "ix_client"
"""Of the token table: what token authentication is read along, and what it was read along on July 22."""


class SqlRoll(Op, frozen=True, tag="sql_roll"):
    """Statistics of the token table are counted anew until the optimizer chooses the wrong index: the genuine fault.

    An error after `at_most` counts without. The inverse counts until it chooses the right one.
    """

    node: str
    at_most: int = 100


PinForm = Literal["innodb", "engine_independent"]
"""``innodb``: persistent statistics of InnoDB, ANALYZE heals. ``engine_independent``: a plain ANALYZE does not."""


class SqlPin(Op, frozen=True, tag="sql_pin"):
    """Statistics of the token table are falsified, so that the wrong index stays chosen; the inverse restores them."""

    node: str
    form: PinForm


class SqlSet(Op, frozen=True, tag="sql_set"):
    """One global variable of MariaDB; the inverse restores what was there."""

    node: str
    variable: str
    value: str


class SqlAnalyse(Op, frozen=True, tag="sql_analyse"):
    """Act: count the token table's statistics once (ANALYZE TABLE), on this node alone.

    `until_right`: not at all if the optimizer chooses the right index, else until it does.
    """

    node: str
    until_right: bool = False


class SqlKill(Op, frozen=True, tag="sql_kill"):
    """Act: KILL QUERY for every token authentication that has run for `older_than_ns` or more."""

    node: str
    older_than_ns: int = 0


FEATURES = ("force_index", "cache_tokens")
"""Switches of an API server (compose/api/features.py)."""


class FeatureSet(Op, frozen=True, tag="feature_set"):
    """Act: a feature switch of an API server, on or off."""

    node: str
    feature: str
    enabled: bool


class Toxic(Op, frozen=True, tag="toxic"):
    """A toxic of a node's Toxiproxy on one proxy (``clients``, ``replication``); the inverse removes it.

    `attributes` in Toxiproxy's own names and units, e.g. ``(("latency", 200), ("jitter", 20))`` in ms.
    """

    node: str
    proxy: str
    type: str
    attributes: tuple[tuple[str, int], ...]
    stream: Literal["upstream", "downstream"] = "downstream"
    toxicity: float = 1.0


FloodMode = Literal["requests", "idle", "unfinished"]


class Flood(Op, frozen=True, tag="flood"):
    """A customer holds `sessions` to `target` (HOST:PORT), opened at `ramp_hz`; the inverse closes every one.

    ``requests``: whoever is answered asks again, `rate_hz` in all. ``idle``: each asks once, and falls silent.
    ``unfinished``: each begins a request that never ends. A session that the other side closes is opened anew.
    """

    node: str
    mode: FloodMode
    sessions: int
    target: str
    rate_hz: float
    ramp_hz: float


NetworkOp = (
    Drop
    | LinkDown
    | DropGarp
    | PinNeighbour
    | FlushNeighbours
    | FlushFdb
    | Announce
    | ArpAnnounce
    | ArpTimeout
    | PinMac
)
SqlOp = SqlRoll | SqlPin | SqlSet | SqlAnalyse | SqlKill
HaproxyOp = SessionLimit | ShareServer | HaproxyAsConfigured
ProcessOp = Signal | ServiceDown | ServiceRestart | ServiceReload | Reboot
ServiceOp = ProcessOp | HaproxyOp | SqlOp | FeatureSet | Toxic | Flood
AnyOp = NetworkOp | ServiceOp

ACTS = (
    FlushNeighbours,
    FlushFdb,
    Announce,
    ArpAnnounce,
    ArpTimeout,
    PinMac,
    ServiceRestart,
    ServiceReload,
    Reboot,
    SessionLimit,
    ShareServer,
    HaproxyAsConfigured,
    SqlAnalyse,
    SqlKill,
    FeatureSet,
)
AGENT_OF: dict[type[Op], str] = {
    **dict.fromkeys((Drop, LinkDown, DropGarp, PinNeighbour, FlushNeighbours, FlushFdb, Announce), "network-agent"),
    **dict.fromkeys((ArpAnnounce, ArpTimeout, PinMac), "network-agent"),
    **dict.fromkeys((Signal, ServiceDown, ServiceRestart, ServiceReload), "service-agent"),
    **dict.fromkeys((SqlRoll, SqlPin, SqlSet, SqlAnalyse, SqlKill, FeatureSet, Toxic), "service-agent"),
    **dict.fromkeys((Reboot, SessionLimit, ShareServer, HaproxyAsConfigured, Flood), "service-agent"),
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
