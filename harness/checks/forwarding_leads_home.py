"""ARP may be right and the switches still send the frames elsewhere."""

from collections.abc import Iterator

from harness.checks._alone import Alone, must_know
from harness.checks._bounds import allowing, limits, slack
from harness.checks._check import check_pairs, holds, inconclusive, violated
from harness.checks._evidence import ADDRESSES, ARP, FORWARDING
from harness.checks._words import at, names
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair


@check_pairs(needs=(ADDRESSES, ARP, FORWARDING))
def forwarding_leads_home(history: History, step: Step, pair: Pair) -> Finding:
    """On every switch the forwarding entry of the VIP's MAC leads to the owner. An unknown MAC floods, and arrives."""
    bound = allowing(limits(step, pair).forwarding, slack(history, step))
    switches = [switch for switch, segment in history.topology.switches.items() if segment == pair.segment]
    windows = list(must_know(history, step, pair, bound.ns))
    if not windows:
        return inconclusive("At no time in the watch did one node alone hold the VIP for long enough.", (), bound)
    wrong = [found for window in windows for switch in switches for found in _wrong(history, pair, switch, window)]
    if not wrong:
        return holds(_told(history, pair, switches, windows), (), bound)
    t, switch, reached = min(wrong, key=lambda found: found[0])
    sentence = f"{switch} sent frames for the owner's MAC to {reached or 'nobody'} at {at(step, t)}."
    return violated(
        sentence, [Instant(t, f"{switch} leads to {reached or 'nobody'}") for t, switch, reached in wrong], bound
    )


def _told(history: History, pair: Pair, switches: list[str], windows: list[Alone]) -> str:
    """Who led to the owner, and who had not learnt its MAC."""
    learnt = [switch for switch in switches if any(_learnt(history, pair, switch, window) for window in windows)]
    flood = [switch for switch in switches if switch not in learnt]
    led = [f"{names(learnt)} led to {names(w.owner for w in windows)}, the owner"] if learnt else []
    return f"{'; '.join([*led, *([f'{names(flood)} had not learnt its MAC, and flooded'] if flood else [])])}."


def _learnt(history: History, pair: Pair, switch: str, window: Alone) -> bool:
    mac = _mac(history, pair, window)
    return any(history.tables.fdb.at((switch, mac), t) for t in _instants(history, mac, window))


def _wrong(history: History, pair: Pair, switch: str, window: Alone) -> Iterator[tuple[int, str, str | None]]:
    """(t, switch, node reached) wherever inside the window a learnt entry leads elsewhere than to the owner."""
    mac = _mac(history, pair, window)
    for t in _instants(history, mac, window):
        reached = history.tables.forwarding(t, mac).reaches(switch, mac)
        if reached != window.owner and history.tables.fdb.at((switch, mac), t):
            yield t, switch, reached


def _instants(history: History, mac: str, window: Alone) -> list[int]:
    """The window's begin, and whenever a switch's entry for the MAC changed in it."""
    changes = {t for switch in history.topology.switches for t, _ in history.tables.fdb.changes((switch, mac))}
    begin, end = window.interval
    return [begin, *sorted(t for t in changes if begin < t < end)]


def _mac(history: History, pair: Pair, window: Alone) -> str:
    """What the owner last called the VIP's MAC (with use_vmac a virtual one); its own where it never said."""
    said = history.claims(pair, Interval(0, window.interval.begin))
    by_owner = [claim.sender_mac for claim in said if claim.port == f"{window.owner}.{pair.segment}"]
    return by_owner[-1] if by_owner else history.topology.node(window.owner).port(pair.segment).mac
