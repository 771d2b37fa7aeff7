"""VIPs that belong together must be on one side: inside and outside of one node, or of the nodes of one side.

What belongs together is declared: by a vrrp_sync_group, which moves instances of one node (keepalived.conf(5)), or by
``groups`` of ``x-lab``, for pairs of different nodes. Those nothing moves together but an operator.
"""

from collections.abc import Iterator
from itertools import pairwise

from harness.checks._bounds import allowing, limits, slack
from harness.checks._check import check, holds, inconclusive, not_applicable, violated
from harness.checks._evidence import ADDRESSES
from harness.checks._serving import ALWAYS
from harness.checks._words import at, lasting, names
from harness.history import History, Step
from harness.history.timeline import Interval, gaps, overlaps, union
from harness.model.outcome import Finding, Instant
from harness.model.topology import Pair


@check(needs=(ADDRESSES,))
def groups_together(history: History, step: Step) -> Finding:
    """VIPs that are declared to belong together are on one node, or on nodes of one side, but for a bound."""
    groups = list(_groups(history, step))
    if not groups:
        return not_applicable("No VIPs are declared to belong together.")
    bound = allowing(limits(step, groups[0][0]).groups, slack(history, step))
    apart = [(one, a, b) for group in groups for a, b in pairwise(group) for one in _apart(history, step, a, b)]
    worst, a, b = max(apart, key=lambda found: found[0].length, default=(None, groups[0][0], groups[0][1]))
    if worst is None:
        return holds(f"{names(pair.name for group in groups for pair in group)} were always on one side.", (), bound)
    sentence = (
        f"From {at(step, worst.begin)} {a.name} and {b.name} were on different sides for {lasting(worst.length)}."
    )
    instants = [Instant(worst.begin, "the group parts"), Instant(worst.end, "it is together, or the watch ends")]
    if worst.length > bound.ns:
        return violated(sentence, instants, bound)
    if worst.end == step.ends_ns:
        return inconclusive(f"{sentence} The watch ended with it.", instants, bound)
    return holds(sentence, instants, bound)


def _groups(history: History, step: Step) -> Iterator[list[Pair]]:
    """Pairs of one declared group, and pairs of the same nodes whose instances share a sync group on the first."""
    pairs = history.topology.pairs
    found: dict[tuple[str, frozenset[str]], list[Pair]] = {}
    for pair in pairs.values():
        name = limits(step, pair).vrrp[pair.nodes[0]].sync_group
        if name:
            found.setdefault((name, frozenset(pair.nodes)), []).append(pair)
    declared = [[pairs[name] for name in names_] for names_ in history.topology.groups.values()]
    return (group for group in [*declared, *found.values()] if len(group) > 1)


def _apart(history: History, step: Step, a: Pair, b: Pair) -> list[Interval]:
    """When, in the watch, one side held the one VIP, and the other side alone the other."""
    holds_ = history.tables.holds
    sides = [(node, node if node in b.nodes else b.nodes[rank]) for rank, node in enumerate(a.nodes)]
    crossed = [
        overlaps(overlaps(holds_(node, a.vip), holds_(b.peer(beside), b.vip)), gaps(holds_(beside, b.vip), ALWAYS))
        for node, beside in sides
    ]
    return overlaps(union([interval for each in crossed for interval in each]), [step.watch])
