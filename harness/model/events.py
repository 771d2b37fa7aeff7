"""Everything that agents observe or do, one struct per kind, `t` in ns on CLOCK_MONOTONIC.

JSON Lines on the wire and on disk: ``{"event": "arp", "t": …}``. Unknown kinds are counted and skipped on reading.
Ports are named NODE.SEGMENT or TRUNK.a / TRUNK.b. `inward` = the frame enters the switch from the cable.
"""

from typing import ClassVar

import msgspec

from harness.model.ops import AnyOp, FloodMode
from harness.model.running_keepalived import RunningKeepalived


class _Numbered(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`told_by`: the agent (hand, eye, service); `serial`: from 1 on, without a hole, in one life of that agent.

    0: not numbered, as a baseline (it tells again what exists) and recordings older than the numbers are.
    """

    told_by: str = ""
    serial: int = 0


class Event(_Numbered, frozen=True, tag_field="event"):
    t: int


class ArpSeen(Event, frozen=True, tag="arp"):
    """An ARP frame at a switch port. Gratuitous: `sender_ip` == `target_ip`.

    `frame`: its own bytes, without the padding behind them. Empty: recorded before they were kept.
    """

    port: str
    inward: bool
    source: str  # Ethernet source
    destination: str
    opcode: int  # 1 request, 2 reply
    sender_mac: str
    sender_ip: str
    target_ip: str
    frame: bytes = b""

    @property
    def gratuitous(self) -> bool:
        return self.sender_ip == self.target_ip


class AdvertSeen(Event, frozen=True, tag="advert"):
    """A VRRP advertisement at a switch port (RFC 5798 section 5).

    `frame`: its headers' own bytes, with the addresses and without the authentication data, which is a password in
    clear text (RFC 2338 section 5.3.6). Empty: recorded before they were kept.
    """

    port: str
    inward: bool
    source: str
    ip: str
    vrid: int
    priority: int
    frame: bytes = b""


class MarkerSeen(Event, frozen=True, tag="marker"):
    """A frame of our own measuring stream at a switch port, numbered by its sender."""

    port: str
    inward: bool
    stream: int
    number: int


class AddressChanged(Event, frozen=True, tag="address"):
    node: str
    ip: str
    device: str
    present: bool


class NeighbourChanged(Event, frozen=True, tag="neighbour"):
    """An entry of a node's ARP cache. `mac` None: incomplete, failed or deleted. `state`: NUD_* bits."""

    node: str
    ip: str
    mac: str | None
    state: int


class LinkChanged(Event, frozen=True, tag="link"):
    node: str
    device: str
    up: bool
    carrier: bool


class RouteChanged(Event, frozen=True, tag="route"):
    """`to`: CIDR or ``default``; a default route over a management `device` must never appear."""

    node: str
    to: str
    present: bool
    device: str = ""


class FdbChanged(Event, frozen=True, tag="fdb"):
    """A switch learnt the port of a MAC address, or forgot it (`port` None)."""

    switch: str
    mac: str
    port: str | None


class PortState(Event, frozen=True, tag="port_state"):
    """What a switch does with frames at a port, as the kernel tells it: ``forwarding``, ``blocked``, ``disabled``.

    ``disabled``: the end of a trunk has no carrier. Of a port that has never been told, nothing else is known than that
    it forwards.
    """

    port: str
    state: str


class RepTurned(Event, frozen=True, tag="rep"):
    """REP gave a port of a ring its role (``open``, ``alternate``, ``failed``), and why."""

    ring: str
    switch: str
    port: str
    role: str
    why: str


class PortShut(Event, frozen=True, tag="port_shut"):
    """The storm guard shut a port: more broadcast and multicast frames came in than `limit` a second.

    It stays shut until an operator opens it. `t`: when that was noticed; the kernel drops its frames from then on, at
    the latest.
    """

    port: str
    limit: int


class Wired(Event, frozen=True, tag="wired"):
    node: str
    pid: int
    took_ns: int


class Unwired(Event, frozen=True, tag="unwired"):
    """The node's PID 1 ended, or its cables are gone."""

    node: str


class Armed(Event, frozen=True, tag="armed"):
    """A plan's start is fixed; `start_ns` is offset zero of every part."""

    plan: int
    start_ns: int


class OpApplied(Event, frozen=True, tag="op_applied"):
    """`t` = when the kernel (or process) acknowledged; `asked_ns` the deadline, `begun_ns` just before the call."""

    plan: int
    part: int
    op: AnyOp
    asked_ns: int
    begun_ns: int
    error: str = ""


class OpReleased(Event, frozen=True, tag="op_released"):
    """The inverse was acknowledged at `t`. `why`: ``deadline``, ``undo``, ``lease lost``, ``restart``.

    `met`: how many frames the op met while it was in force; None: not counted (by this op, kernel, or recording).
    """

    plan: int
    part: int
    op: AnyOp
    asked_ns: int
    begun_ns: int
    why: str = "deadline"
    error: str = ""
    met: int | None = None


class PlanDone(Event, frozen=True, tag="plan_done"):
    """Every part of this agent's share was applied, and released if it had an end."""

    plan: int


class Marked(Event, frozen=True, tag="marked"):
    """The harness asked an agent to stamp an instant: step boundaries, synchronisation."""

    name: str
    trial: int = -1
    step: str = ""


class EventsLost(Event, frozen=True, tag="lost"):
    """An observer dropped `count` events (socket overflow)."""

    source: str
    count: int


class Lag(Event, frozen=True, tag="lag"):
    """The greatest lateness of an observer since its last `Lag`: time of reading − the kernel's stamp, or − when due.

    What an agent stamps itself (addresses, neighbours, states) is late by no more than this.
    """

    observer: str  # the agent: eye, service
    lag_ns: int


class MachineSampled(Event, frozen=True, tag="machine"):
    """What the kernel counted of the whole machine in the `period_ns` until `t`, of all `cpus` together.

    `busy_ns`: CPU time that was used. `stolen_ns`: CPU time that was wanted while the hypervisor ran other machines.
    `waited_ns`: for how long at least one task waited for a CPU (``some`` of /proc/pressure/cpu). None: not counted.
    """

    period_ns: int
    cpus: int
    busy_ns: int
    stolen_ns: int | None = None
    waited_ns: int | None = None


class AgentStarted(Event, frozen=True, tag="agent_started"):
    agent: str
    boot_id: str
    replayed: int  # journal entries that were undone at this start


class ServiceChanged(Event, frozen=True, tag="service"):
    """A supervised process of a node: ``up`` with its pid, or ``down``; ``stopped`` = SIGSTOP."""

    node: str
    service: str
    state: str
    pid: int = 0


class VrrpState(Event, frozen=True, tag="vrrp_state"):
    """keepalived's state by its notify FIFO: MASTER, MASTER_RX_LOWER_PRI (it heard a rival), BACKUP, FAULT, STOP."""

    node: str
    instance: str
    state: str
    priority: int

    @property
    def master(self) -> bool:
        return self.state.startswith("MASTER")


class VrrpDump(Event, frozen=True, tag="vrrp_dump"):
    """keepalived's state by its JSON dump, and whether keepalived has set the VIP."""

    node: str
    instance: str
    state: str
    vip_set: bool


class VrrpConfigured(Event, frozen=True, tag="vrrp_configured"):
    """keepalived's settings by its text dump: those that this process uses since its start or its last reload.

    `why`: ``start`` (of keepalived, or of the agent), ``reload``. `pid` as in `ServiceChanged`.
    """

    node: str
    pid: int
    why: str
    running: RunningKeepalived


class HaproxySample(Event, frozen=True, tag="haproxy"):
    """One proxy of ``show stat`` and the process limit; sessions, queues in connections, times in ms.

    An idle keep-alive connection is a session of its frontend only: requests in progress are the sessions of a backend.
    Times are HAProxy's averages over the last 1,024 requests that ended at a backend or server.

    No answer: `proxy` is empty and `status` says what is known. ``silent``: it said nothing within 0.5 s (frozen).
    ``refused``: its process is down, or had answered before and nothing listens now. ``unknown``: this process has not
    been heard yet, because its configuration names no socket that is there and open to the agent (its notes say why);
    it may serve very well.
    """

    node: str
    proxy: str  # frontend/backend/server name, "api/FRONTEND"
    status: str
    sessions: int
    session_limit: int
    queued: int
    requests: int  # total so far
    response_ms: int
    process_limit: int
    queue_ms: int = 0
    connect_ms: int = 0
    total_ms: int = 0
    rate: int = 0  # sessions begun in the last second


class ListenSample(Event, frozen=True, tag="listen"):
    """The kernel's queue of one port that HAProxy listens on: `waiting` are connected, and not yet accepted.

    `backlog` + 1 connections may wait. The kernel drops the SYN of the next one; its client repeats it after 1, 2, 4 …
    s. `overflows` and `drops` count that for all ports of the node (TcpExtListenOverflows, TcpExtListenDrops), so far.
    """

    node: str
    port: int
    waiting: int
    backlog: int
    overflows: int
    drops: int


class ConnectingSample(Event, frozen=True, tag="connecting"):
    """How many connections of a customer's node are begun and not established (SYN-SENT).

    Computed as TCP sockets in use minus established ones, so that closing sockets are counted briefly, too.
    """

    node: str
    connecting: int


class SessionLimitSet(Event, frozen=True, tag="session_limit_set"):
    """Every frontend of a balancer may have `limit` sessions from now on. `way`: ``live`` or ``reload``."""

    node: str
    limit: int
    way: str


class InterfaceCounted(Event, frozen=True, tag="counters"):
    """A node's IP counters, for standby_silent and ip_forward: from /proc/net/snmp and sysctl, of the node."""

    node: str
    forwarded: int
    forwarding: bool


class DatabaseSample(Event, frozen=True, tag="database"):
    """MariaDB at one instant. Counters are totals since its start.

    `plan`: the index that EXPLAIN names for token authentication (empty while the table is locked), `plan_rows` its
    estimate. `running` token authentications, the longest for `longest_ms`. `read_next`: Handler_read_next, the rows
    read along an index: 7 to 28 for an authentication under the right plan, 243,001 under the wrong one. `read_key` and
    `read_rnd_next`: Handler_read_key, rows found by a key, and Handler_read_rnd_next, rows of whole tables.
    """

    node: str
    plan: str
    plan_rows: int
    running: int
    longest_ms: int
    read_next: int
    opened_tables: int
    analyses: int  # Com_analyze
    connections: int
    read_only: bool
    read_key: int = 0
    read_rnd_next: int = 0
    threads_running: int = 0  # all of them, the sampler's own included


class StatisticsCounted(Event, frozen=True, tag="statistics"):
    """An agent counted a table's statistics anew, `rolls` times; the optimizer then chose `plan`."""

    node: str
    rolls: int
    plan: str


class FloodSample(Event, frozen=True, tag="flood"):
    """A flood, as its generator tells it. Each of `wanted` sessions is `open`, `connecting`, or `waiting` for its turn.

    `wanted` is less than `asked` where the generator may not have so many files (RLIMIT_NOFILE). Totals: sessions that
    were `opened`, of them `reopened`; `requests` begun, `answers`; and `failures` by the name of their errno, or
    ``closed`` by the other side, or ``generator`` if that died. `memory`: of the generator, bytes resident.
    """

    node: str
    mode: FloodMode
    asked: int
    wanted: int
    open: int
    connecting: int
    waiting: int
    opened: int
    reopened: int
    requests: int
    answers: int
    failures: dict[str, int]
    memory: int


AnyEvent = (
    ArpSeen | AdvertSeen | MarkerSeen | AddressChanged | NeighbourChanged | LinkChanged | RouteChanged | FdbChanged
    | Wired | Unwired | Armed | OpApplied | OpReleased | PlanDone | Marked | EventsLost | Lag | AgentStarted
    | ServiceChanged | VrrpState | VrrpDump | HaproxySample | ListenSample | ConnectingSample | InterfaceCounted
    | DatabaseSample | SessionLimitSet | StatisticsCounted | FloodSample | VrrpConfigured | MachineSampled
    | PortState | RepTurned | PortShut
)  # fmt: skip


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
