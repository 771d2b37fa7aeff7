"""A node that does not send its adverts to every other node."""

from collections.abc import Iterator
from ipaddress import ip_interface

from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule


@rule("error", outage="Every node is master of the same address, for good.", experiment="none: it shows at the start")
def unicast_peer_missing(pair: Pair) -> Iterator[Found]:
    """A unicast instance sends its adverts to the listed peers and to nobody else, and listens to them alone.

    One node that uses unicast does not hear another that uses multicast. Source: keepalived.conf(5), unicast_peer.
    """
    for router in pair.routers:
        for member in router.members:
            for other in router.members:
                if other.node is not member.node and (why := _deaf(member, other)):
                    yield Found(
                        member.line("unicast_peer"),
                        f"{why}: {other.node.name} hears no advert of {member.node.name}.",
                        f"the address of {other.node.name} in unicast_peer of {member.node.name}, and the reverse",
                    )


def _deaf(member: Member, other: Member) -> str:
    if not member.instance.unicast:
        return ""
    if not other.instance.unicast:
        return f"{member.node.name} uses unicast, {other.node.name} multicast"
    peers = [peer.address for peer in member.instance.unicast_peers]
    known = _addresses(other)
    if not known or set(peers) & known:
        return ""
    return f"{member.node.name} has the peers {', '.join(peers) or 'none'}, none of which is on {other.node.name}"


def _addresses(member: Member) -> set[str]:
    cards = (each for every in member.node.site.cards.values() for each in every)
    return {str(ip_interface(each).ip) for each in cards} | ({member.instance.source} - {""})
