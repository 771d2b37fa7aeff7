"""A balancer answers on the way that the question came: its VIPs inside and outside belong on one node."""

from collections.abc import Iterator
from itertools import pairwise

from harness.checks._check import at, check, holds, inconclusive, lasting, limits, names, violated
from harness.checks._serving import ALWAYS
from harness.history import History, Step
from harness.history.timeline import Interval, gaps, overlaps, union
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair


@check
def groups_together(history: History, step: Step) -> Finding:
    """VIPs of one vrrp_sync_group are on the same node, but for a bound."""
    groups = list(_groups(history, step))
    if not groups:
        return inconclusive("No vrrp_sync_group holds two pairs of the same nodes.")
    bound = limits(step, groups[0][0]).groups
    mute = [pair.name for group in groups for pair in group if not history.tables.known(pair)]
    if mute:
        return inconclusive(f"Nobody was seen to hold the VIP of {names(mute)}.", (), bound)
    apart = [(one, a, b) for group in groups for a, b in pairwise(group) for one in _apart(history, step, a, b)]
    worst, a, b = max(apart, key=lambda found: found[0].length, default=(None, groups[0][0], groups[0][1]))
    if worst is None:
        return holds(f"{names(pair.name for group in groups for pair in group)} were always on one node.", (), bound)
    sentence = (
        f"From {at(step, worst.begin)} {a.name} and {b.name} were on different nodes for {lasting(worst.length)}."
    )
    instants = [Instant(worst.begin, "the group parts"), Instant(worst.end, "it is together, or the watch ends")]
    if worst.length > bound.ns:
        return violated(sentence, instants, bound)
    if worst.end == step.ends_ns:
        return inconclusive(f"{sentence} The watch ended with it.", instants, bound)
    return holds(sentence, instants, bound)


def _groups(history: History, step: Step) -> Iterator[list[Pair]]:
    """Pairs of the same nodes whose instances share a sync group on the first of them."""
    found: dict[tuple[str, frozenset[str]], list[Pair]] = {}
    for pair in history.topology.pairs.values():
        name = limits(step, pair).vrrp[pair.nodes[0]].sync_group
        if name:
            found.setdefault((name, frozenset(pair.nodes)), []).append(pair)
    return (pairs for pairs in found.values() if len(pairs) > 1)


def _apart(history: History, step: Step, a: Pair, b: Pair) -> list[Interval]:
    """When, in the watch, one node held the one VIP, and the other node alone the other."""
    holds_ = history.tables.holds
    crossed = [
        overlaps(overlaps(holds_(node, a.vip), holds_(a.peer(node), b.vip)), gaps(holds_(node, b.vip), ALWAYS))
        for node in a.nodes
    ]
    return overlaps(union([interval for each in crossed for interval in each]), [step.watch])
