"""A check that fails, and the VIP stays where it is."""

from collections.abc import Iterator

from harness.lint._bfd import peer_of
from harness.lint._commands import watches_haproxy
from harness.lint._election import Contender, Situation, situations
from harness.lint._finding import Severity
from harness.lint._pair import Pair
from harness.lint._rule import Found, rule
from harness.lint._trackers import Tracker, place


@rule("error", outage="HAProxy is dead and the VIP stays on its node, for good.", experiment="killed")
def check_cannot_move_vip(pair: Pair) -> Iterator[Found]:
    """A weight only changes the priority: the peer must end above it, and be allowed to preempt (keepalived #2599).

    Computed for each node that may have the VIP, over every set of failed scripts, processes, files and interfaces. An
    error where the VIP stays although all checks that ask for HAProxy fail; a warning where they move it together. Of
    other checks it is a warning. BFD with the other node is none: its end says that no node is left to move to. A check
    without a weight always moves the VIP: FAULT.
    """
    for router in pair.routers:
        for situation in situations(router):
            for tracker in situation.holder.trackers:
                dead_peer = peer_of(pair, situation.holder.member, tracker)
                if not dead_peer and _is_judged(situation.holder, tracker) and not situation.moves([tracker]):
                    yield from _stays(situation, tracker)


def _is_judged(holder: Contender, tracker: Tracker) -> bool:
    """What adds to the priority by its failure, such as ``reverse`` with a test for a file, is no check that fails.

    A check of HAProxy that does so is one. A file's weight counts as often as the number in it, which may be any.
    """
    lowers = tracker.faults or tracker.adds(failed=True) < tracker.adds(failed=False)
    return lowers or watches_haproxy(holder.member, tracker)


def _stays(situation: Situation, tracker: Tracker) -> Iterator[Found]:
    holder, failed = situation.holder, situation.holder.priority([tracker])
    above = [rival for rival in situation.rivals if rival.rest > failed]
    decides = situation.decides(tracker)
    severity = _severity(situation, tracker, decides=decides)
    for rival in above:  # none of them preempts
        said = (
            f"While {tracker.name} fails on {holder.node}, its priority falls to {failed}, below the {rival.rest} of "
            f"{rival.node}; but {rival.node} has nopreempt and takes nothing from a living master: the VIP stays."
        )
        instead = f"no weight in {tracker.name}: then its failure means FAULT, and {rival.node} takes over"
        yield Found(rival.member.line("nopreempt"), said + _after(situation), instead, severity)
    if not above:
        said, instead = _too_small(situation, tracker, decides=decides)
        yield Found(place(holder.member, tracker), said + _after(situation), instead, severity)


def _too_small(situation: Situation, tracker: Tracker, *, decides: bool) -> tuple[str, str]:
    holder, best = situation.holder, max(situation.rivals, key=lambda rival: rival.rest)
    alone = ", alone," if decides else ""
    said = (
        f"While {tracker.name} fails{alone} on {holder.node}, its priority is still {holder.priority([tracker])}, and "
        f"{best.node} has {best.rest}: the VIP stays."
    )
    return said, f"no weight in {tracker.name}, so that its failure means FAULT{_or_more(holder, best, tracker)}"


def _or_more(holder: Contender, best: Contender, tracker: Tracker) -> str:
    distance = holder.rest - best.rest + 1
    enough = 0 < distance < holder.rest and best.preempts
    return f"; or a weight of {'-' if tracker.weight < 0 else ''}{distance} and more" if enough else ""


def _severity(situation: Situation, tracker: Tracker, *, decides: bool) -> Severity:
    """A card's failure, or HAProxy's, is one that a pair is built for. HAProxy's fails all checks that ask for it."""
    holder = situation.holder
    if situation.gone or tracker.kind in ("file", "bfd"):
        return "warning"
    if tracker.kind == "interface":
        return "warning" if decides else "error"
    of_haproxy = [each for each in holder.trackers if watches_haproxy(holder.member, each)]
    return "error" if tracker in of_haproxy and not situation.moves(of_haproxy) else "warning"


def _after(situation: Situation) -> str:
    gone = " and ".join(each.node for each in situation.gone)
    return f" (After {gone} failed.)" if gone else ""
