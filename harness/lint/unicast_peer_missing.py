"""A node that does not send its adverts to every other node."""

from collections.abc import Iterator
from ipaddress import ip_interface

from harness.lint._election import Contender, contenders
from harness.lint._pair import Member, Pair, Router
from harness.lint._rule import Found, rule


@rule(
    "error",
    outage="Two nodes are master of the same address, or caches keep the wrong one after a partition, for good.",
    experiment="none: it shows at the start, or after a takeover",
)
def unicast_peer_missing(pair: Pair) -> Iterator[Found]:
    """A unicast instance sends its adverts to the listed peers and to no other address. A node that gets none becomes
    master. Where the node that hears nothing is above the other one whatever checks fail, it is master by right while
    it lives. But it never learns that the other one was master too, so it does not announce itself after a partition,
    and nopreempt and preempt_delay do not hold it back. keepalived drops unicast adverts where an instance uses
    multicast, and the reverse. Source: keepalived.conf(5), unicast_peer; vrrp_in_chk() in vrrp.c.
    """
    for router in pair.routers:
        for member in router.members:
            for other in router.members:
                if other.node is not member.node and (why := _deaf(member, other)):
                    yield _found(router, member, other, why)


def _found(router: Router, member: Member, other: Member, why: str) -> Found:
    said = f"{why}: {other.node.name} hears no advert of {member.node.name}"
    instead = f"the address of {other.node.name} in unicast_peer of {member.node.name}, and the reverse"
    if other.instance.unicast and _always_above(router, other, member):
        said += f", and does not learn that {member.node.name} has been master"
    return Found(member.line("unicast_peer"), f"{said}.", instead)


def _always_above(router: Router, other: Member, member: Member) -> bool:
    """Whatever weighted checks fail. A check without a weight takes a node out of the election."""
    found: dict[str, Contender] = {each.node: each for each in contenders(router)}
    return found[other.node.name].extent[0] > found[member.node.name].extent[1]


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
