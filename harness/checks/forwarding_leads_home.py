"""ARP may be right and the switches still send the frames elsewhere."""

from collections.abc import Iterator

from harness.checks._alone import Alone, must_know
from harness.checks._check import at, check_pairs, holds, inconclusive, limits, names, violated
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair


@check_pairs
def forwarding_leads_home(history: History, step: Step, pair: Pair) -> Finding:
    """On every switch the forwarding entry of the VIP's MAC leads to the owner. An unknown MAC floods, and arrives."""
    bound = limits(step, pair).forwarding
    switches = [switch for switch, segment in history.topology.switches.items() if segment == pair.segment]
    windows = list(must_know(history, step, pair, bound.ns))
    if not windows:
        return inconclusive("At no time in the watch did one node alone hold the VIP for long enough.", (), bound)
    astray = [found for window in windows for switch in switches for found in _astray(history, pair, switch, window)]
    if not astray:
        return holds(f"{names(switches)} led to {names(w.owner for w in windows)}, the owner.", (), bound)
    t, switch, reached = min(astray, key=lambda found: found[0])
    sentence = f"{switch} sent frames for the owner's MAC to {reached or 'nobody'} at {at(step, t)}."
    return violated(
        sentence, [Instant(t, f"{switch} leads to {reached or 'nobody'}") for t, switch, reached in astray], bound
    )


def _astray(history: History, pair: Pair, switch: str, window: Alone) -> Iterator[tuple[int, str, str | None]]:
    """(t, switch, node reached) wherever inside the window a learnt entry leads elsewhere than to the owner."""
    mac = _mac(history, pair, window)
    switches = history.topology.switches
    changes = {t for other in switches for t, _ in history.tables.fdb.changes((other, mac))}
    begin, end = window.interval
    for t in [begin, *sorted(t for t in changes if begin < t < end)]:
        reached = history.tables.forwarding(t, mac).reaches(switch, mac)
        if reached != window.owner and history.tables.fdb.at((switch, mac), t):
            yield t, switch, reached


def _mac(history: History, pair: Pair, window: Alone) -> str:
    """What the owner last called the VIP's MAC (with use_vmac a virtual one); its own where it never said."""
    said = history.claims(pair, Interval(0, window.interval.begin))
    by_owner = [claim.sender_mac for claim in said if claim.port == f"{window.owner}.{pair.segment}"]
    return by_owner[-1] if by_owner else history.topology.node(window.owner).port(pair.segment).mac
