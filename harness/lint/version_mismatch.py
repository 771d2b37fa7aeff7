"""Nodes that speak different versions of VRRP."""

from collections.abc import Iterator

from harness.lint._lines import of_globals
from harness.lint._pair import Member, Pair
from harness.lint._place import Place
from harness.lint._rule import Found, rule


@rule("error", outage="Every node is master of the same address, for good.", experiment="none: it shows at the start")
def version_mismatch(pair: Pair) -> Iterator[Found]:
    """A node drops adverts of another version: RFC 9568 section 7.1; keepalived's default is 2."""
    for router in pair.routers:
        first = router.preferred
        for member in router.members[1:]:
            if member.instance.version != first.instance.version:
                yield Found(
                    _place(member),
                    f"{member.node.name} speaks VRRPv{member.instance.version}, {first.node.name} "
                    f"VRRPv{first.instance.version}: each drops the other's adverts, and both are master.",
                    f"vrrp_version {first.instance.version} in global_defs of all nodes",
                )


def _place(member: Member) -> Place:
    own = member.block.find("version") if member.block else None
    return member.node.at(own or of_globals(member.node, "vrrp_version") or member.block)
