"""Adverts that a unicast peer sends with a TTL that the other one refuses."""

from collections.abc import Iterator

from harness.lint._frontends import own_addresses
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule
from harness.model.errors import BadValue
from harness.model.vrrp_instance import UnicastPeer

_DEFAULT = 255


@rule("error", outage="A node never hears the other one's adverts: both have the address.", experiment="power_cut")
def ttl_mismatch(pair: Pair) -> Iterator[Found]:
    """`min_ttl` and `max_ttl` behind a unicast_peer say which adverts count; `unicast_ttl` of the other node says what
    it sends, 255 if it is not written. Judged are nodes of one network, where no router lowers it. Source:
    keepalived.conf(5), unicast_peer."""
    for router in pair.routers:
        for hearing in router.members:
            for sending in (each for each in router.members if each.node is not hearing.node):
                yield from _refused(hearing, sending)


def _refused(hearing: Member, sending: Member) -> Iterator[Found]:
    ttl = _sent(sending)
    near = hearing.node.network(hearing.instance) == sending.node.network(sending.instance)
    for peer in hearing.instance.unicast_peers if near else ():
        theirs = peer.address in own_addresses(sending.node)
        if theirs and ttl is not None and not peer.min_ttl <= ttl <= peer.max_ttl:
            yield _found(hearing, sending, peer, ttl)


def _sent(member: Member) -> int | None:
    """None if it is no number: keepalived's message tells of it."""
    try:
        return int(member.block.number(_DEFAULT, "unicast_ttl")) if member.block else None
    except BadValue:
        return None


def _found(hearing: Member, sending: Member, peer: UnicastPeer, ttl: int) -> Found:
    return Found(
        hearing.line("unicast_peer"),
        f"{hearing.node.name} takes adverts of {sending.node.name} ({peer.address}) with a TTL of {peer.min_ttl} to "
        f"{peer.max_ttl}, and {sending.node.name} sends {ttl}: it hears none of them.",
        f"unicast_ttl {peer.max_ttl} on {sending.node.name}",
    )
