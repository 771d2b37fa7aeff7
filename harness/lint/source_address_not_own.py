"""An instance sends its adverts from an address that its node does not have."""

from collections.abc import Iterator

from harness.lint._frontends import own_addresses
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule


@rule(
    "error",
    outage="Its adverts are not sent, or the others take them for none of a peer's: every node is master, for good.",
    experiment="none: it shows at the start",
)
def source_address_not_own(pair: Pair) -> Iterator[Found]:
    """``unicast_src_ip`` or ``mcast_src_ip`` copied from the other node: both nodes send from one address.

    Compared with the cards of pair.toml. An address of another node is an error; one that no node has is a warning,
    since a card's further addresses may not be listed. Source: keepalived.conf(5), unicast_src_ip, mcast_src_ip.
    """
    for router in pair.routers:
        for member in router.members:
            source, own = _said(member), own_addresses(member.node)
            if source and own and source not in own:
                yield _found(pair, member, source)


def _said(member: Member) -> str:
    """What its file says; what keepalived found by itself is an address of the node."""
    line = member.block.find("unicast_src_ip", "mcast_src_ip") if member.block else None
    return member.instance.source if line else ""


def _found(pair: Pair, member: Member, source: str) -> Found:
    name = member.node.name
    owner = next((node.name for node in pair.nodes if source in own_addresses(node)), "")
    whose = f"which is {owner}'s" if owner else "which is on no card of pair.toml"
    said = f"{member.instance.name} of {name} sends its adverts from {source}, {whose}."
    place = member.line("unicast_src_ip", "mcast_src_ip")
    instead = f"an address of {name}: {', '.join(sorted(own_addresses(member.node)))}"
    return Found(place, said, instead, None if owner else "warning")
