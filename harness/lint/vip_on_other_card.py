"""A VIP on another card than its subnet."""

from collections.abc import Iterator
from ipaddress import ip_interface

from harness.lint._frontends import vip_card
from harness.lint._lines import of_vip
from harness.lint._pair import Member, Pair, PairNode
from harness.lint._rule import Found, rule
from harness.model.vrrp_instance import VrrpAddress
from harness.site.haproxy_bind import ip


@rule(
    "error",
    outage="After a takeover the announcements leave by a card at which no neighbour of the address listens.",
    experiment="power_cut",
)
def vip_on_other_card(pair: Pair) -> Iterator[Found]:
    """`dev` of an address, else `interface` of its instance, decides where keepalived sets it and announces it. If the
    address is in the subnet of another card of pair.toml and in none of this one, its neighbours are there: they go on
    to use the old node's MAC address. Linux answers ARP for it on every card, so that it seems to work until then
    (arp_ignore 0, ip-sysctl). A warning on a device that only the node itself has: lo, a dummy."""
    for router in pair.routers:
        for member in router.members:
            for vip in (*member.instance.vips, *member.instance.excluded):
                card = vip_card(member, vip)
                other = _home(member.node, card, vip)
                if other:
                    yield _found(member, vip, card, other)


def _home(node: PairNode, card: str, vip: VrrpAddress) -> str:
    """The card in whose subnet it is, if `card` has addresses and none of its subnets has it. lo need not be listed."""
    if (card != "lo" and not node.site.cards.get(card)) or _has(node, card, vip):
        return ""
    return next((each for each in node.site.cards if _has(node, each, vip)), "")


def _has(node: PairNode, card: str, vip: VrrpAddress) -> bool:
    networks = [ip_interface(each).network for each in node.site.cards.get(card, ())]
    address = ip(vip.address)
    return address is not None and any(address in each for each in networks if each.num_addresses > 1)


def _found(member: Member, vip: VrrpAddress, card: str, other: str) -> Found:
    return Found(
        of_vip(member, vip.address),
        f"{vip.address} is set on {card} of {member.node.name}, and it is in the subnet of {other}: after a takeover "
        f"it is announced on {card} alone, and its neighbours on {other} go on to send to the old node.",
        f"{vip.address} dev {other}",
        "warning" if card.startswith(("lo", "dummy")) else None,
    )
