"""The check that detects June 13: a cache still leads to a node which no longer owns the VIP."""

from harness.checks._alone import SoleOwner, must_know, unjudged
from harness.checks._because import StaleCache, cause, stale_caches
from harness.checks._bounds import allowing, limits, slack
from harness.checks._check import check_vips, holds, inconclusive, not_applicable, violated
from harness.checks._evidence import ADDRESSES, ARP, FORWARDING, NEIGHBOURS
from harness.checks._words import at, entries, names
from harness.history import History, Step
from harness.model.outcome import Finding, Instant
from harness.model.topology import Cache
from harness.model.virtual_router import RouterVip


@check_vips(needs=(ADDRESSES, ARP, NEIGHBOURS, FORWARDING))
def no_stale_arp(history: History, step: Step, vip: RouterVip) -> Finding:
    """Every cache on the segment reaches the owner, within a bound of its first gratuitous ARP.

    A cache without an entry is not stale: its device asks for one. An entry that reaches no node is stale.
    """
    bound = allowing(limits(step, vip.router).stale_arp, slack(history, step))
    caches = history.tables.caches_of(vip)
    if not caches:
        return not_applicable("No vantage point asks this pair: there is no cache to look at.", (), bound)
    windows = list(must_know(history, step, vip, bound.ns))
    filled = [name for name, each in caches.items() if any(_has_entry(history, each, window) for window in windows)]
    if not filled and not any(cache.asked for cache in caches.values()):
        return not_applicable(f"No vantage point asks for {vip.address}, and no cache had an entry for it.", (), bound)
    if not filled:
        return inconclusive("The watch shows no cache with an entry while one node alone held the VIP.", (), bound)
    stale = stale_caches(history, step, vip)
    if not stale and (late := unjudged(history, step, vip, windows)):
        return inconclusive(late, (), bound)
    if not stale:
        last = windows[-1]
        empty = [name for name, each in caches.items() if name not in filled and each.asked]
        asks = f" {names(empty)} had no entry: a device without one asks." if empty else ""
        sentence = f"{entries(filled)} led to {last.owner} from {at(step, last.interval.begin)} on.{asks}"
        return holds(sentence, [Instant(last.interval.begin, f"every cache must lead to {last.owner}")], bound)
    lead = f"led to {names(each.reached or 'no node' for each in stale)}"
    owner = names(window.owner for window in windows)
    sentence = (
        f"{entries(each.name for each in stale)} {lead} from {at(step, stale[0].t)} on, "
        f"although {owner} alone held {vip.address}. {_because(history, step, stale)}{_hosts(history, stale)}"
    )
    return violated(
        sentence, [Instant(each.t, f"{each.name} leads to {each.reached or 'no node'}") for each in stale], bound
    )


def _has_entry(history: History, cache: Cache, window: SoleOwner) -> bool:
    return any(history.tables.mac(cache, t) for t in history.tables.arp_instants(cache, window.interval))


def _hosts(history: History, stale: list[StaleCache]) -> str:
    """Where GLBP spreads hosts over gateways: each has a cache of its own, so these are dark and others are served."""
    behind = {each.name: _behind(history, each) for each in stale}
    return "".join(f" Hosts of {name}: {names(hosts)}." for name, hosts in behind.items() if hosts)


def _behind(history: History, stale: StaleCache) -> list[str]:
    gateway = stale.cache.device
    return [
        node for node in history.topology.vantages if history.tables.forwarders.gateway_of(node, stale.t) == gateway
    ]


def _because(history: History, step: Step, stale: list[StaleCache]) -> str:
    """``Gratuitous ARP for gw-2: never sent; for gw-1: sent but not delivered.``"""
    causes: dict[str, list[str]] = {}
    for each in stale:
        causes.setdefault(cause(history, step, each), []).append(each.name)
    return f"Gratuitous ARP {'; '.join(f'for {names(caches)}: {why}' for why, caches in causes.items())}."
