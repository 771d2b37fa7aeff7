"""At rest exactly one node says that the VIP is its own."""

from harness.checks._check import at, check_pairs, holds, inconclusive, lasting, names, violated
from harness.history import History, Step
from harness.history.timeline import Interval
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair


@check_pairs
def single_owner(history: History, step: Step, pair: Pair) -> Finding:
    """In steady state exactly one node answers ARP for the VIP, told by switch port.

    Steady: before the first effect, and from when the pair must have settled. Caches may ask seldom, so the kernels
    are asked too: whoever holds the address would answer.
    """
    if not history.tables.known(pair):
        return inconclusive("Nobody was seen to hold the VIP.")
    if step.settled is None:
        return inconclusive(
            "The watch ended before the pair had to be settled.", (), f"{step.limits.settle_ns / 1e9:g} s"
        )
    windows = [step.settled] if step.before.length <= 0 else [step.before, step.settled]
    wrong = [found for window in windows for found in _wrong(history, pair, window)]
    if wrong:
        t, claimants = wrong[0]
        sentence = f"At {at(step, t)} {names(claimants) if claimants else 'nobody'} answered for {pair.vip}."
        return violated(sentence, [Instant(t, names(who) if who else "no owner") for t, who in wrong])
    owners = names(owner for window in windows for owner in history.tables.owners_at(pair, window.begin))
    seen = sum(len(history.claims(pair, window)) for window in windows)
    asked = f"all {seen} ARP frames that claim it came from there" if seen else "no cache asked for it then"
    return holds(f"At rest, {lasting(sum(w.length for w in windows))}, {owners} alone held {pair.vip}; {asked}.")


def _wrong(history: History, pair: Pair, window: Interval) -> list[tuple[int, list[str]]]:
    """(t, who) for each instant of the window at which not exactly one node claimed the VIP."""
    changes = {t for node in pair.nodes for t, _ in history.tables.addresses.changes((node, pair.vip))}
    instants = [window.begin, *sorted(t for t in changes if window.begin < t < window.end)]
    held = [(t, history.tables.owners_at(pair, t)) for t in instants]
    answers = [
        (claim.t, [*owners, claimant])
        for claim in history.claims(pair, window)
        if (claimant := claim.port.split(".")[0]) not in (owners := history.tables.owners_at(pair, claim.t))
    ]
    return [(t, owners) for t, owners in held if len(owners) != 1] + answers
