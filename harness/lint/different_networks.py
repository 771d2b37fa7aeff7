"""Nodes whose adverts leave by cards of different networks."""

from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv6Interface, ip_interface

from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule


@rule("error", outage="Every node is master of the same address, for good.", experiment="none: it shows at the start")
def different_networks(pair: Pair) -> Iterator[Found]:
    """Multicast adverts do not leave their network (TTL 255, RFC 9568 section 5.1.1.3): the nodes hear nothing."""
    for router in pair.routers:
        first = router.preferred
        for member in router.members[1:]:
            if not (first.instance.unicast or member.instance.unicast) and _apart(first, member):
                yield Found(
                    member.line("interface"),
                    f"{member.node.name} sends its adverts by {_card(member)}, {first.node.name} by {_card(first)}: "
                    "neither hears the other, and both are master.",
                    "cards of one network, or unicast_peer on all nodes",
                )


def _apart(one: Member, other: Member) -> bool:
    """Told only if the addresses of both cards are known."""
    ours, theirs = _addresses(one), _addresses(other)
    near = any(each.ip in there.network or there.ip in each.network for each in ours for there in theirs)
    return bool(ours and theirs) and not near


def _addresses(member: Member) -> list[IPv4Interface | IPv6Interface]:
    return [ip_interface(each) for each in member.node.site.cards.get(member.instance.base_interface, ())]


def _card(member: Member) -> str:
    return f"{member.instance.base_interface} ({', '.join(map(str, _addresses(member)))})"
