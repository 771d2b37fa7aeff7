"""The check that sees June 13: a cache that keeps leading to a node which no longer owns the VIP."""

from harness.checks._alone import must_know
from harness.checks._because import Stale, cause, stale_caches
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
    stale = stale_caches(history, step, pair)
    if not stale:
        last = windows[-1]
        sentence = f"{names(caches)} led to {last.owner} from {at(step, last.interval.begin)} on."
        return holds(sentence, [Instant(last.interval.begin, f"every cache must lead to {last.owner}")], bound)
    lead = f"led to {names(each.reached or 'nobody' for each in stale)}"
    owner = names(window.owner for window in windows)
    sentence = (
        f"{names(each.cache for each in stale)} {lead} from {at(step, stale[0].t)} on, "
        f"although {owner} alone held {pair.vip}. {_because(history, pair, stale)}"
    )
    return violated(
        sentence, [Instant(each.t, f"{each.cache} leads to {each.reached or 'nobody'}") for each in stale], bound
    )


def _because(history: History, pair: Pair, stale: list[Stale]) -> str:
    """``Gratuitous ARP never sent: gw-2; sent but not delivered: gw-1.``"""
    causes: dict[str, list[str]] = {}
    for each in stale:
        causes.setdefault(cause(history, pair, each), []).append(each.cache)
    return f"Gratuitous ARP {'; '.join(f'{why}: {names(caches)}' for why, caches in causes.items())}."
