"""ARP may be right and the switches still send the frames elsewhere."""

from collections.abc import Iterator

from harness.checks._alone import Alone, must_know
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
    """On every switch the forwarding entry of the VIP's MAC leads to the owner. An unknown MAC floods, and arrives."""
    bound = allowing(limits(step, vip.router).forwarding, slack(history, step))
    switches = [switch for switch, segment in history.topology.switches.items() if segment == vip.segment]
    windows = list(must_know(history, step, vip, bound.ns))
    if not windows:
        return inconclusive("At no time in the watch did one node alone hold the VIP for long enough.", (), bound)
    wrong = [found for window in windows for switch in switches for found in _wrong(history, vip, switch, window)]
    if not wrong:
        return holds(_told(history, vip, switches, windows), (), bound)
    t, switch, reached = min(wrong, key=lambda found: found[0])
    sentence = f"{switch} sent frames for the owner's MAC to {reached or 'nobody'} at {at(step, t)}."
    return violated(
        sentence, [Instant(t, f"{switch} leads to {reached or 'nobody'}") for t, switch, reached in wrong], bound
    )


def _told(history: History, vip: RouterVip, switches: list[str], windows: list[Alone]) -> str:
    """Who led to the owner, and who had not learnt its MAC."""
    learnt = [switch for switch in switches if any(_learnt(history, vip, switch, window) for window in windows)]
    flood = [switch for switch in switches if switch not in learnt]
    led = [f"{names(learnt)} led to {names(w.owner for w in windows)}, the owner"] if learnt else []
    return f"{'; '.join([*led, *([f'{names(flood)} had not learnt its MAC, and flooded'] if flood else [])])}."


def _learnt(history: History, vip: RouterVip, switch: str, window: Alone) -> bool:
    mac = _mac(history, vip, window)
    return any(history.tables.fdb.at((switch, mac), t) for t in _instants(history, mac, window))


def _wrong(history: History, vip: RouterVip, switch: str, window: Alone) -> Iterator[tuple[int, str, str | None]]:
    """(t, switch, node reached) wherever inside the window a learnt entry leads elsewhere than to the owner."""
    mac = _mac(history, vip, window)
    for t in _instants(history, mac, window):
        reached = history.tables.forwarding(t, mac).reaches(switch, mac)
        if reached != window.owner and history.tables.fdb.at((switch, mac), t):
            yield t, switch, reached


def _instants(history: History, mac: str, window: Alone) -> list[int]:
    """The window's begin, and whenever a switch's entry for the MAC changed in it."""
    changes = {t for switch in history.topology.switches for t, _ in history.tables.fdb.changes((switch, mac))}
    begin, end = window.interval
    return [begin, *sorted(t for t in changes if begin < t < end)]


def _mac(history: History, vip: RouterVip, window: Alone) -> str:
    """What the owner last called the VIP's MAC (with use_vmac a virtual one); its own where it never said."""
    said = history.claims(vip, Interval(-FOREVER, window.interval.begin))
    by_owner = [claim.sender_mac for claim in said if claim.port == f"{window.owner}.{vip.segment}"]
    return by_owner[-1] if by_owner else history.topology.node(window.owner).port(vip.segment).mac
