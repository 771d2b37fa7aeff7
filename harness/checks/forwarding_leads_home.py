"""ARP may be right while the switches send the frames to another node."""

from collections.abc import Iterator

from harness.checks._alone import SoleOwner, must_know, unjudged
from harness.checks._bounds import allowing, limits, slack
from harness.checks._check import check_vips, holds, inconclusive, violated
from harness.checks._evidence import ADDRESSES, ARP, FORWARDING
from harness.checks._words import at, names
from harness.history import History, Step
from harness.history.timeline import FOREVER, Interval
from harness.model.outcome import Finding, Instant
from harness.model.virtual_router import RouterVip


@check_vips(needs=(ADDRESSES, ARP, FORWARDING))
def forwarding_leads_home(history: History, step: Step, vip: RouterVip) -> Finding:
    """On every switch the forwarding entry of the VIP's MAC leads to the owner. A switch floods an unknown MAC."""
    bound = allowing(limits(step, vip.router).forwarding, slack(history, step))
    switches = [switch for switch, segment in history.topology.switches.items() if segment == vip.segment]
    windows = list(must_know(history, step, vip, bound.ns))
    if not windows:
        return inconclusive("At no time in the watch did one node alone hold the VIP for long enough.", (), bound)
    wrong = [found for window in windows for switch in switches for found in _wrong(history, vip, switch, window)]
    if not wrong and (late := unjudged(history, step, vip, windows)):
        return inconclusive(late, (), bound)
    if not wrong:
        return holds(_sentence(history, vip, switches, windows), (), bound)
    t, switch, reached = min(wrong, key=lambda found: found[0])
    sentence = f"{switch} sent frames for the owner's MAC to {reached or 'no node'} at {at(step, t)}."
    return violated(
        sentence, [Instant(t, f"{switch} leads to {reached or 'no node'}") for t, switch, reached in wrong], bound
    )


def _sentence(history: History, vip: RouterVip, switches: list[str], windows: list[SoleOwner]) -> str:
    """Which switches led to the owner, and which had not learnt its MAC."""
    learnt = [switch for switch in switches if any(_learnt(history, vip, switch, window) for window in windows)]
    flood = [switch for switch in switches if switch not in learnt]
    led = [f"{names(learnt)} sent frames for the owner's MAC to {names(w.owner for w in windows)}"] if learnt else []
    led += [f"{names(flood)} had not learnt the owner's MAC, and flooded"] if flood else []
    return f"{'; '.join(led)}."


def _learnt(history: History, vip: RouterVip, switch: str, window: SoleOwner) -> bool:
    mac = _mac(history, vip, window)
    return any(history.tables.fdb.at((switch, mac), t) for t in _instants(history, mac, window))


def _wrong(history: History, vip: RouterVip, switch: str, window: SoleOwner) -> Iterator[tuple[int, str, str | None]]:
    """(t, switch, node reached) for each instant in the window at which a learnt entry leads to another node."""
    mac = _mac(history, vip, window)
    for t in _instants(history, mac, window):
        reached = history.tables.forwarding(t, mac).reaches(switch, mac)
        if reached != window.owner and history.tables.fdb.at((switch, mac), t):
            yield t, switch, reached


def _instants(history: History, mac: str, window: SoleOwner) -> list[int]:
    """The window's begin, and each instant in it at which a switch's entry for the MAC changed."""
    changes = {t for switch in history.topology.switches for t, _ in history.tables.fdb.changes((switch, mac))}
    return window.interval.instants(changes)


def _mac(history: History, vip: RouterVip, window: SoleOwner) -> str:
    """The MAC of the owner's last ARP for the VIP (with use_vmac a virtual one); that of its port if it sent none."""
    said = history.claims(vip, Interval(-FOREVER, window.interval.begin))
    by_owner = [claim.sender_mac for claim in said if claim.port == f"{window.owner}.{vip.segment}"]
    return by_owner[-1] if by_owner else history.topology.node(window.owner).port(vip.segment).mac
