"""The check that sees June 13: a cache that keeps leading to a node which no longer owns the VIP."""

from collections.abc import Iterator

from harness.checks._alone import Alone, must_know
from harness.checks._check import at, check_pairs, holds, inconclusive, limits, names, violated
from harness.history import History, Step
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair


@check_pairs
def no_stale_arp(history: History, step: Step, pair: Pair) -> Finding:
    """Every cache on the segment reaches the owner, within a bound of its first gratuitous ARP.

    A cache without an entry is not stale: it asks. An entry that reaches nobody is.
    """
    bound = limits(step, pair).stale_arp
    caches = [cache for cache, of in history.topology.caches.items() if of == pair.name]
    windows = list(must_know(history, step, pair, bound.ns))
    if not windows or not any(history.tables.neighbours.at((c, pair.vip), step.ends_ns) for c in caches):
        return inconclusive("The watch shows no cache with an entry while one node alone held the VIP.", (), bound)
    stale = sorted(
        (found for w in windows for c in caches for found in _stale(history, pair, c, w)), key=lambda f: f[0]
    )
    if not stale:
        last = windows[-1]
        sentence = f"{names(caches)} led to {last.owner} from {at(step, last.interval.begin)} on."
        return holds(sentence, [Instant(last.interval.begin, f"every cache must lead to {last.owner}")], bound)
    wrong = names(cache for _, cache, _ in stale)
    lead = f"led to {names(reached or 'nobody' for _, _, reached in stale)}"
    owner = names(w.owner for w in windows)
    sentence = f"{wrong} {lead} from {at(step, stale[0][0])} on, although {owner} alone held {pair.vip}."
    return violated(
        sentence, [Instant(t, f"{cache} leads to {reached or 'nobody'}") for t, cache, reached in stale], bound
    )


def _stale(history: History, pair: Pair, cache: str, window: Alone) -> Iterator[tuple[int, str, str | None]]:
    """(t, cache, node reached) wherever inside the window that is not the owner."""
    for t in history.tables.arp_instants(cache, window.interval):
        reached = history.tables.arp(cache, t)
        if reached != window.owner and history.tables.neighbours.at((cache, pair.vip), t):
            yield t, cache, reached
