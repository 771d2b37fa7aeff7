"""Two instances of a sync group, each of which prefers another node."""

from collections.abc import Iterator
from itertools import combinations

from harness.lint._lines import once
from harness.lint._pair import Member, Pair, Router
from harness.lint._rule import Found, rule


@rule(
    "warning",
    outage="No node is the better one for the whole group: chance decides which has the addresses, or they move again.",
    experiment="power_cut",
)
def sync_group_priorities_crossed(pair: Pair) -> Iterator[Found]:
    """A sync group moves its instances together. Where lb1 has the higher priority in one of them and lb2 in another,
    each node hears a better one in one instance and a worse one in the other, and the group cannot follow both.
    Give a node the same rank in all instances of a group. Source: keepalived.conf(5), vrrp_sync_group."""
    yield from once(
        found for one, other in combinations(pair.routers, 2) for found in _crossed(_grouped(one), _grouped(other))
    )


def _grouped(router: Router) -> dict[str, Member]:
    return {each.node.name: each for each in router.members if each.instance.sync_group}


def _crossed(one: dict[str, Member], other: dict[str, Member]) -> Iterator[Found]:
    both = [name for name in one if name in other and _together(one[name], other[name])]
    for here, there in combinations(both, 2):
        if _ahead(one, here, there) * _ahead(other, here, there) < 0:
            yield _found(one, other, here, there)


def _together(one: Member, other: Member) -> bool:
    return one.instance.sync_group == other.instance.sync_group


def _ahead(members: dict[str, Member], here: str, there: str) -> int:
    return members[here].instance.priority - members[there].instance.priority


def _found(one: dict[str, Member], other: dict[str, Member], here: str, there: str) -> Found:
    better, worse = (here, there) if _ahead(one, here, there) > 0 else (there, here)
    ranks = [
        f"in {members[better].instance.name} {better} has {members[better].instance.priority} and {worse} "
        f"{members[worse].instance.priority}"
        for members in (one, other)
    ]
    return Found(
        other[better].line("priority"),
        f"Of the sync group {one[better].instance.sync_group}, {ranks[0]}, and {ranks[1]}: no node is the better one "
        "of both, and they move together.",
        f"a higher priority for {better} in {other[better].instance.name} as well",
    )
