"""What a node's parts say about who is master: each a step function of True, False, or None for no opinion."""

from collections.abc import Iterator
from itertools import pairwise

from harness.checks._check import limits
from harness.history import History, Step
from harness.history.timeline import FOREVER, Interval, Timeline
from harness.model.events import ServiceChanged, Unwired, VrrpDump, VrrpState
from harness.model.topology import Pair

Voices = Timeline[str, bool | None]
"""Part (``keepalived``, ``address``, ``adverts``) → is this node the master?"""


def voices(history: History, step: Step, pair: Pair, node: str) -> Voices:
    heard: Voices = Timeline()
    for t, state in states(history, node):
        heard.set("keepalived", t, state.startswith("MASTER") if state else None)
    for t, present in history.tables.addresses.changes((node, pair.vip)):
        heard.set("address", t, present)
    for t, sends in _advertising(history, step, pair, node):
        heard.set("adverts", t, sends)
    return heard


def opinions(heard: Voices, t: int) -> dict[str, bool]:
    """Part → what it says at `t`, of those that say anything."""
    said = {part: heard.at(part, t) for part in heard.known()}
    return {part: opinion for part, opinion in said.items() if opinion is not None}


def states(history: History, node: str) -> Iterator[tuple[int, str | None]]:
    """keepalived's own word: MASTER…, BACKUP, FAULT, STOP; None when nothing is known.

    A dump is a sample, up to a moment old: it counts until a process's first notification.
    """
    words: list[VrrpState | VrrpDump | ServiceChanged | Unwired] = [
        *history.of(VrrpState), *history.of(VrrpDump), *history.of(ServiceChanged), *history.of(Unwired),
    ]  # fmt: skip
    running, notified = True, False
    for word in sorted((word for word in words if word.node == node), key=lambda word: word.t):
        match word:
            case VrrpState():
                notified = True
                yield word.t, word.state
            case VrrpDump(state=state) if running and not notified:
                yield word.t, state
            case ServiceChanged(service="keepalived", state="down"):
                running = notified = False
                yield word.t, "STOP"
            case ServiceChanged(service="keepalived"):
                running = True
            case Unwired():
                notified = False
                yield word.t, None
            case _:
                pass  # other services; dumps after a notification, or read after the end


def heartbeat(history: History, step: Step, pair: Pair, node: str) -> str:
    """The port that a node's adverts leave by: its `interface`, or where the lab has none of that name, the VIP's."""
    device = limits(step, pair).vrrp[node].interface
    ports = history.topology.node(node).ports
    return next((port.name for port in ports if port.device == device), f"{node}.{pair.segment}")


def _advertising(history: History, step: Step, pair: Pair, node: str) -> Iterator[tuple[int, bool | None]]:
    """Adverts in a row mean a master; three missing in a row mean none; in between they say nothing."""
    interval, port = limits(step, pair).advert_int_ns, heartbeat(history, step, pair, node)
    adverts = [a for a in history.adverts(pair) if a.port == port]
    start = history.events[0].t
    if not adverts or adverts[0].t - start > 3 * interval:
        yield start + 3 * interval, False
    for advert, following in pairwise([*adverts, None]):
        assert advert
        if advert.priority == 0:  # a farewell
            yield advert.t, False
            continue
        until = following.t if following else FOREVER
        yield advert.t, True
        if until - advert.t > 2 * interval:
            yield advert.t + 1, None
        if until - advert.t > 3 * interval:
            yield advert.t + 3 * interval, False


def contradicted(history: History, step: Step, pair: Pair, node: str) -> list[Interval]:
    """Dumps whose vipset the kernel's address contradicts all around: each as the interval in which it would fit."""
    slack = limits(step, pair).agreement.ns
    held = history.tables.holds(node, pair.vip)
    found = []
    for dump in history.of(VrrpDump, step.window):
        around = Interval(dump.t - slack, dump.t + slack + 1)
        inside = [part for interval in held if (part := interval & around)]
        fits = bool(inside) if dump.vip_set else inside != [around]
        if dump.node == node and not fits:
            found.append(around)
    return found
