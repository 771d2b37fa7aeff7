"""A VIP whose prefix length makes its network larger than the card's."""

from collections.abc import Iterator
from ipaddress import ip_interface, ip_network

from harness.lint._frontends import vip_card
from harness.lint._lines import of_vip, once
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule
from harness.model.vrrp_instance import VrrpAddress
from harness.site.haproxy_bind import ip


@rule(
    "warning",
    outage="The node that has the VIP answers no customer of networks beside its own, and may not reach its servers.",
    experiment="power_cut",
)
def vip_prefix_too_short(pair: Pair) -> Iterator[Found]:
    """keepalived adds an address with its prefix length, and the kernel a route to that whole network over the card:
    what is in it, and not in the card's own network, is then looked for by ARP and never found, instead of by the
    router. `/2` for `/24` takes a quarter of the Internet away from the node that has the VIP, and from no other
    (ip-address(8), noprefixroute). A warning: the card of pair.toml may have the wrong length. Found where the VIP is
    in a network of its card, with a shorter prefix than each of those."""
    members = (member for router in pair.routers for member in router.members)
    yield from once(found for member in members for found in _wide(member))


def _wide(member: Member) -> Iterator[Found]:
    for vip in (*member.instance.vips, *member.instance.excluded):
        own = min(_lengths(member, vip), default=0)
        if vip.prefix < own:
            card, network = vip_card(member, vip), ip_network(f"{vip.address}/{vip.prefix}", strict=False)
            yield Found(
                of_vip(member, vip.address),
                f"{vip.address}/{vip.prefix} gives the node that has it a route to {network} by {card}, whose own "
                f"network has /{own}: it looks there by ARP for customers and servers that only its router reaches.",
                f"{vip.address}/{own}",
            )


def _lengths(member: Member, vip: VrrpAddress) -> Iterator[int]:
    """Of the card's networks that have it."""
    address = ip(vip.address)
    for each in member.node.site.cards.get(vip_card(member, vip), ()):
        network = ip_interface(each).network
        if address is not None and address in network:
            yield network.prefixlen
