"""VIPs that belong together must be on one side: inside and outside of one node, or of the nodes of one side.

A group is declared by a vrrp_sync_group, which moves instances of one node (keepalived.conf(5)), or by ``groups`` of
``x-lab``, for routers of different nodes. Only an operator moves the latter together.
"""

from collections.abc import Iterator
from itertools import combinations, product

from harness.checks._bounds import allowing, decides, limits, slack
from harness.checks._check import check, holds, inconclusive, not_applicable, violated
from harness.checks._evidence import ADDRESSES
from harness.checks._serving import ALWAYS
from harness.checks._words import at, lasting, names
from harness.history import History, Step
from harness.history.timeline import Interval, gaps, overlaps, union
from harness.model.outcome import Finding, Instant
from harness.model.virtual_router import RouterVip, VirtualRouter


@check(needs=(ADDRESSES,))
def groups_together(history: History, step: Step) -> Finding:
    """VIPs that are declared to belong together are on one node or one side, or apart for no longer than a bound."""
    groups = _groups(history, step)
    if not groups:
        return not_applicable("No VIPs are declared to belong together.")
    one = next(router for group in groups for router in group)
    bound = allowing(limits(step, one).groups, slack(history, step))
    apart = [(time, *two) for group in groups for two in _couples(group) for time in _apart(history, step, *two)]
    worst = max(apart, key=lambda found: decides(step, found[0], bound), default=None)
    if worst is None:
        return holds(
            f"{names(router.name for group in groups for router in group)} were always on one side.", (), bound
        )
    time, a, b = worst
    sentence = f"From {at(step, time.begin)} {a.name} and {b.name} were on different sides for {lasting(time.length)}."
    instants = [Instant(time.begin, "the group parts"), Instant(time.end, "it is together, or the watch ends")]
    if time.length > bound.ns:
        return violated(sentence, instants, bound)
    if time.end == step.ends_ns:
        return inconclusive(f"{sentence} It lasted until the watch ended.", instants, bound)
    return holds(sentence, instants, bound)


def _groups(history: History, step: Step) -> list[list[VirtualRouter]]:
    """Routers of one declared group, and routers of the same nodes that a node's keepalived has in one sync group.

    Each node may call its sync group by another name.
    """
    routers = history.topology.virtual_routers
    found: dict[tuple[frozenset[str], str, str], set[str]] = {}
    for router in routers.values():
        for node, vrrp in limits(step, router).vrrp.items():
            found.setdefault((frozenset(router.nodes), node, vrrp.sync_group), set()).add(router.name)
        found.setdefault((frozenset(router.nodes), "", router.sync_group), set()).add(router.name)
    synced = (frozenset(members) for (_, _, name), members in found.items() if name)
    groups = dict.fromkeys([*map(frozenset, history.topology.groups.values()), *synced])
    return [[routers[name] for name in sorted(members, key=[*routers].index)] for members in groups if len(members) > 1]


def _couples(group: list[VirtualRouter]) -> Iterator[tuple[RouterVip, RouterVip]]:
    """Each VIP of a router with each VIP of every other router of the group: one without an owner parts no others."""
    for one, other in combinations(group, 2):
        yield from product(one.owned, other.owned)


def _apart(history: History, step: Step, a: RouterVip, b: RouterVip) -> list[Interval]:
    """When, in the watch, a node held VIP `a`, and VIP `b` was held only by nodes of another side."""
    held_by = history.tables.holds
    sides = [(node, node if node in b.nodes else b.nodes[place]) for place, node in enumerate(a.nodes)]
    crossed = []
    for node, same_side in sides:
        elsewhere = union([held for other in b.router.others(same_side) for held in held_by(other, b.address)])
        there = gaps(held_by(same_side, b.address), ALWAYS)
        crossed += overlaps(overlaps(held_by(node, a.address), elsewhere), there)
    return overlaps(union(crossed), [step.watch])
