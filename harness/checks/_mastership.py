"""Is a node the master? Each of its parts as a step function of True, False, or None for unknown."""

from collections.abc import Iterator
from itertools import pairwise

from harness.checks._bounds import limits, slack_of_both
from harness.history import History, Step
from harness.history.timeline import FOREVER, Interval, Timeline
from harness.model.events import AdvertSeen, ServiceChanged, Unwired, VrrpDump, VrrpState
from harness.model.virtual_router import VirtualRouter

Parts = Timeline[str, bool | None]
"""Part (``keepalived``, ``adverts``, ``the VIP``, of several ``the VIP 10.77.0.101``) → is this node the master?"""


def parts(history: History, step: Step, router: VirtualRouter, node: str) -> Parts:
    found: Parts = Timeline()
    for t, state in states(history, step, router, node):
        found.set("keepalived", t, state.startswith("MASTER") if state else None)
    for vip in router.owned:
        for t, present in history.tables.addresses.changes((node, vip.address)):
            found.set("the VIP" if vip.alone else f"the VIP {vip.address}", t, present)
    for t, sends in _advertising(history, step, router, node):
        found.set("adverts", t, sends)
    return found


def opinions(found: Parts, t: int) -> dict[str, bool]:
    """Part → is the node the master at `t`? Without the parts for which that is unknown."""
    said = {part: found.at(part, t) for part in found.known()}
    return {part: opinion for part, opinion in said.items() if opinion is not None}


def states(history: History, step: Step, router: VirtualRouter, node: str) -> Iterator[tuple[int, str | None]]:
    """keepalived's state of the router's instance: MASTER…, BACKUP, FAULT, STOP; None when it is unknown.

    A node may have other instances, for other routers. A dump is a sample, and may be slightly old: it counts until the
    process's first notification. The state of a new process is unknown until its first notification or dump. Without a
    notify FIFO that is a dump, which the agent requests only from a process older than 1 s.
    """
    instance = limits(step, router).vrrp[node].instance
    words: list[VrrpState | VrrpDump | ServiceChanged | Unwired] = [
        *(state for state in history.of(VrrpState) if state.instance == instance),
        *(dump for dump in history.of(VrrpDump) if dump.instance == instance),
        *history.of(ServiceChanged), *history.of(Unwired),
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
                if not (running or notified):
                    yield word.t, None
                running = True
            case Unwired():
                notified = False
                yield word.t, None
            case _:
                pass  # other services; dumps after a notification, or read after the end


def adverts(history: History, step: Step, router: VirtualRouter, within: Interval | None = None) -> list[AdvertSeen]:
    """Adverts of the router's VRID on its segments, of any sender. Elsewhere another router may have that VRID."""
    return history.adverts(limits(step, router).segments, router.vrid, within)


def contradicted(history: History, step: Step, router: VirtualRouter, node: str) -> list[Interval]:
    """The intervals, around a dump, in which the kernel's address never agreed with the dump's vipset.

    The first VIP stands for all VIPs that the adverts name.
    """
    instance = limits(step, router).vrrp[node].instance
    around_ns = limits(step, router).agreement.ns + slack_of_both(history, step)
    held = history.tables.holds(node, router.first.address)
    found = []
    for dump in history.of(VrrpDump, step.window):
        around = Interval(dump.t - around_ns, dump.t + around_ns + 1)
        inside = [part for interval in held if (part := interval & around)]
        fits = bool(inside) if dump.vip_set else inside != [around]
        if (dump.node, dump.instance) == (node, instance) and not fits:
            found.append(around)
    return found


def _advertising(history: History, step: Step, router: VirtualRouter, node: str) -> Iterator[tuple[int, bool | None]]:
    """Adverts in a row: True. Three missing in a row: False. In between: None."""
    interval, port = limits(step, router).advert_int_ns, limits(step, router).heartbeats[node]
    sent = [a for a in adverts(history, step, router) if a.port == port]
    silent = next(iter(history.events)).t + 3 * interval
    if next((advert.t for advert in sent), FOREVER) > silent:
        yield silent, False
    for advert, following in pairwise([*sent, None]):
        assert advert
        if advert.priority == 0:  # the master stops
            yield advert.t, False
            continue
        until = following.t if following else FOREVER
        yield advert.t, True
        if until - advert.t > 2 * interval:
            yield advert.t + 1, None
        if until - advert.t > 3 * interval:
            yield advert.t + 3 * interval, False
