"""The check that sees June 13: a cache that keeps leading to a node which no longer owns the VIP."""

from harness.checks._alone import Alone, must_know
from harness.checks._because import Stale, cause, stale_caches
from harness.checks._bounds import allowing, limits, slack
from harness.checks._check import check_pairs, holds, inconclusive, not_applicable, violated
from harness.checks._evidence import ADDRESSES, ARP, FORWARDING, NEIGHBOURS
from harness.checks._words import at, names
from harness.history import History, Step
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair


@check_pairs(needs=(ADDRESSES, ARP, NEIGHBOURS, FORWARDING))
def no_stale_arp(history: History, step: Step, pair: Pair) -> Finding:
    """Every cache on the segment reaches the owner, within a bound of its first gratuitous ARP.

    A cache without an entry is not stale: it asks. An entry that reaches nobody is.
    """
    bound = allowing(limits(step, pair).stale_arp, slack(history, step))
    caches = [cache for cache, of in history.topology.caches.items() if of == pair.name]
    if not caches:
        return not_applicable("No vantage point asks this pair: there is no cache to look at.", (), bound)
    windows = list(must_know(history, step, pair, bound.ns))
    filled = [cache for cache in caches if any(_has_entry(history, pair, cache, window) for window in windows)]
    if not filled:
        return inconclusive("The watch shows no cache with an entry while one node alone held the VIP.", (), bound)
    stale = stale_caches(history, step, pair)
    if not stale:
        last = windows[-1]
        empty = [cache for cache in caches if cache not in filled]
        asks = f" {names(empty)} had no entry: who has none asks." if empty else ""
        sentence = f"{names(filled)} led to {last.owner} from {at(step, last.interval.begin)} on.{asks}"
        return holds(sentence, [Instant(last.interval.begin, f"every cache must lead to {last.owner}")], bound)
    lead = f"led to {names(each.reached or 'nobody' for each in stale)}"
    owner = names(window.owner for window in windows)
    sentence = (
        f"{names(each.cache for each in stale)} {lead} from {at(step, stale[0].t)} on, "
        f"although {owner} alone held {pair.vip}. {_because(history, step, pair, stale)}"
    )
    return violated(
        sentence, [Instant(each.t, f"{each.cache} leads to {each.reached or 'nobody'}") for each in stale], bound
    )


def _has_entry(history: History, pair: Pair, cache: str, window: Alone) -> bool:
    instants = history.tables.arp_instants(cache, window.interval)
    return any(history.tables.neighbours.at((cache, pair.vip), t) for t in instants)


def _because(history: History, step: Step, pair: Pair, stale: list[Stale]) -> str:
    """``Gratuitous ARP never sent: gw-2; sent but not delivered: gw-1.``"""
    causes: dict[str, list[str]] = {}
    for each in stale:
        causes.setdefault(cause(history, step, pair, each), []).append(each.cache)
    return f"Gratuitous ARP {'; '.join(f'{why}: {names(caches)}' for why, caches in causes.items())}."
