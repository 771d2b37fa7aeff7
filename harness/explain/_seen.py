"""What one would have seen on each device at an instant: commands of the field, and what they would have printed."""

import re
from collections.abc import Iterator
from typing import Final

from harness.explain._scene import Scene
from harness.explain._told import Seen
from harness.history.timeline import FOREVER, Interval
from harness.model.events import DatabaseSample, HaproxySample, LinkChanged, ListenSample, NeighbourChanged, VrrpState
from harness.model.units import ms, s, seconds
from harness.model.virtual_router import RouterVip, VirtualRouter

NOTHING: Final = "(nothing)"
_NUD: Final = {
    0x01: "INCOMPLETE", 0x02: "REACHABLE", 0x04: "STALE", 0x08: "DELAY", 0x10: "PROBE", 0x20: "FAILED",
    0x40: "NOARP", 0x80: "PERMANENT",
}  # fmt: skip
"""NUD_* of linux/neighbour.h, as `ip neigh` prints them."""
_SAID: Final = {state: f"Entering {state} STATE" for state in ("MASTER", "BACKUP", "FAULT")}
_TELLING: Final = re.compile(r"Entering|received|Received|priority|timeout|advert")
"""Of keepalived's lines those about states and adverts; the rest is what it does next."""

_LOG_LATE_NS: Final = 20 * ms
"""Docker stamps a line when it reads it."""


def _at(scene: Scene, t: int) -> float:
    return round(seconds(t - scene.step.first_effect_ns), 3)


def neighbour(scene: Scene, device: str, vip: RouterVip, t: int) -> Iterator[Seen]:
    """The ARP entry of a device, in the state in which the kernel told of it last."""
    port = scene.history.topology.node(device).port(vip.segment)
    told = [x for x in scene.history.of(NeighbourChanged, _until(t)) if (x.node, x.ip) == (device, vip.address)]
    mac = scene.history.tables.neighbours.at((device, vip.address), t)
    shows = f"{vip.address} dev {port.device} lladdr {mac} {_NUD.get(told[-1].state, '')}".rstrip() if mac else NOTHING
    if told:
        yield Seen(device, _at(scene, t), f"ip neigh show {vip.address}", shows)


def address(scene: Scene, node: str, vip: RouterVip, t: int) -> Iterator[Seen]:
    """Whether the node has the VIP."""
    holds = scene.history.tables.addresses.at((node, vip.address), t)
    device = scene.history.topology.node(node).port(vip.segment).device
    links = [x for x in scene.history.of(LinkChanged, _until(t)) if (x.node, x.device) == (node, device)]
    if links:
        up = "UP" if links[-1].carrier else "DOWN"
        shows = f"{device} {up} {vip.address}/{vip.vip.prefix}" if holds else NOTHING
        yield Seen(node, _at(scene, t), f"ip -br address show to {vip.address}", shows)


def keepalived(scene: Scene, router: VirtualRouter, node: str, t: int) -> Iterator[Seen]:
    """The last lines of keepalived's log about the instance; without the log, the line of its last state."""
    instance = scene.bounds(router).vrrp[node].instance
    told = (x.text for x in scene.logs.get(node, ()) if x.t <= t + _LOG_LATE_NS)
    lines = [text for text in told if text.startswith(f"({instance})") and _TELLING.search(text)]
    states = [x for x in scene.history.of(VrrpState, _until(t)) if (x.node, x.instance) == (node, instance)]
    asks = "keepalived's log"
    if lines:
        yield Seen(node, _at(scene, t), asks, "\n".join(lines[-2:]))
    elif states and states[-1].state in _SAID:
        yield Seen(node, _at(scene, t), asks, f"({instance}) {_SAID[states[-1].state]}")


def balancers(scene: Scene, vip: RouterVip, t: int) -> Iterator[Seen]:
    """Of each node of the router: has it the VIP, and what does its keepalived say?"""
    for node in vip.nodes:
        yield from address(scene, node, vip, t)
        yield from keepalived(scene, vip.router, node, t)


def owners_first(scene: Scene) -> Iterator[Seen]:
    """The nodes of every VIP, at the first instant of the finding."""
    for vip in scene.vips:
        yield from balancers(scene, vip, first(scene))


def stat(scene: Scene, node: str, t: int) -> Iterator[Seen]:
    """HAProxy's newest answer until `t`: name, queue, sessions, limit and status of each frontend and backend."""
    recent = [x for x in scene.history.of(HaproxySample, Interval(t - s, t + 1)) if x.node == node]
    if recent:
        rows = [_row(x) for x in recent if x.t == recent[-1].t]
        asks = "echo 'show stat' | socat - HAPROXY-SOCKET | cut -d, -f1-3,5,7,18"
        yield Seen(node, _at(scene, recent[-1].t), asks, "\n".join(["# pxname,svname,qcur,scur,slim,status", *rows]))


def _row(x: HaproxySample) -> str:
    if not x.proxy:
        return f"(no answer: {x.status})"
    name, _, server = x.proxy.partition("/")
    queued = "" if server == "FRONTEND" else x.queued
    return f"{name},{server},{queued},{x.sessions},{x.session_limit or ''},{x.status}"


def listening(scene: Scene, node: str, t: int) -> Iterator[Seen]:
    """The kernel's queue of each port that HAProxy listens on."""
    recent = [x for x in scene.history.of(ListenSample, Interval(t - s, t + 1)) if x.node == node]
    for x in {x.port: x for x in recent}.values():
        yield Seen(node, _at(scene, x.t), f"ss -ltn sport = :{x.port}", f"LISTEN {x.waiting} {x.backlog} *:{x.port}")


def forwarding(scene: Scene, switch: str, mac: str, t: int) -> Iterator[Seen]:
    port = scene.history.tables.fdb.at((switch, mac), t)
    yield Seen(switch, _at(scene, t), f"bridge fdb show | grep {mac}", f"{mac} dev {port}" if port else NOTHING)


def database(scene: Scene, node: str, t: int) -> Iterator[Seen]:
    """Which index EXPLAIN named last."""
    told = [x for x in scene.history.of(DatabaseSample, Interval(t - 3 * s, t + 1)) if x.node == node and x.plan]
    if told:
        yield Seen(
            node, _at(scene, told[-1].t), "EXPLAIN of token authentication",
            f"key: {told[-1].plan}, rows: {told[-1].plan_rows}",
        )  # fmt: skip


def databases(scene: Scene, t: int) -> Iterator[Seen]:
    for node in scene.history.topology.nodes.values():
        if node.kind == "database":
            yield from database(scene, node.name, t)


def first(scene: Scene) -> int:
    """The first instant of the finding; without one, the first effect."""
    return min((instant.t_ns for instant in scene.finding.instants), default=scene.step.first_effect_ns)


def _until(t: int) -> Interval:
    return Interval(-FOREVER, t + 1)
