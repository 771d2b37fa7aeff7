"""Nodes that share an address under different VRIDs."""

from collections.abc import Iterator

from harness.lint._pair import Member, Pair, Router
from harness.lint._rule import Found, rule


@rule("error", outage="Every node is master of the same address, for good.", experiment="none: it shows at the start")
def vrid_mismatch(pair: Pair) -> Iterator[Found]:
    """An advert of another VRID is none for this instance (RFC 9568 section 7.1): it never hears the other node."""
    for router in pair.routers:
        for member in router.members:
            first = _partner(router, member)
            if member.instance.vrid != first.instance.vrid:
                yield Found(
                    member.line("virtual_router_id"),
                    f"{member.node.name} has virtual_router_id {member.instance.vrid}, {first.node.name} has "
                    f"{first.instance.vrid}: each ignores the other's adverts, and both are master.",
                    f"virtual_router_id {first.instance.vrid}",
                )


def _partner(router: Router, member: Member) -> Member:
    """The first one of another node that has an address of it; itself, if it stands before all of them.

    Where two instances have exchanged their VRIDs, all four belong together, and those of one node differ by right.
    """
    before = router.members[: router.members.index(member)]
    shares = (each for each in before if each.node is not member.node and set(each.addresses) & set(member.addresses))
    return next(shares, member)
