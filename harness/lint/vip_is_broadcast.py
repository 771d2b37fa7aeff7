"""A VIP that no neighbour can use: the first or the last address of its network."""

from collections.abc import Iterator
from ipaddress import IPv4Network, ip_interface

from harness.lint._frontends import vip_card
from harness.lint._lines import of_vip, once
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule
from harness.site.haproxy_bind import ip


@rule(
    "error",
    outage="No machine of its network reaches it, whichever node has it.",
    experiment="none: it shows at the start",
)
def vip_is_broadcast(pair: Pair) -> Iterator[Found]:
    """The last address of an IPv4 network is its broadcast address: machines of that network send no ARP request for
    it, and open no connection to it (RFC 919; RFC 1122, 3.2.1.3). So was the first one, and is to many systems still:
    a warning. So is a VIP whose own prefix length is another than that of the card in pair.toml, which may be guessed.
    Compared are the card's networks of a prefix length up to 30."""
    members = (member for router in pair.routers for member in router.members)
    yield from once(found for member in members for found in _reserved(member))


def _reserved(member: Member) -> Iterator[Found]:
    for vip in (*member.instance.vips, *member.instance.excluded):
        for network in _networks(member, vip_card(member, vip)):
            address = ip(vip.address)
            if address in (network.network_address, network.broadcast_address):
                last = address == network.broadcast_address
                said = "broadcast address" if last else "first address"
                effect = "no machine there opens" if last else "many systems there take it for a broadcast, and open no"
                yield Found(
                    of_vip(member, vip.address),
                    f"{vip.address} is the {said} of {network}, the network of {vip_card(member, vip)} of "
                    f"{member.node.name}: {effect}{' a' if last else ''} connection to it.",
                    f"an address between {network.network_address} and {network.broadcast_address}",
                    None if last and vip.prefix == network.prefixlen else "warning",
                )


def _networks(member: Member, card: str) -> Iterator[IPv4Network]:
    for address in member.node.site.cards.get(card, ()):
        network = ip_interface(address).network
        if isinstance(network, IPv4Network) and network.num_addresses > 2:
            yield network
