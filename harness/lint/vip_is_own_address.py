"""An address that keepalived moves is one that a node has for itself."""

from collections.abc import Iterator
from ipaddress import ip_interface

from harness.lint._lines import of_vip
from harness.lint._pair import Member, Pair, PairNode
from harness.lint._rule import Found, rule
from harness.model.keepalived import ADDRESS_OWNER
from harness.site.haproxy_bind import ip


@rule(
    "error",
    outage="Two machines have one address at once, or a node loses its own and cannot be reached by it.",
    experiment="none: it shows at the start",
)
def vip_is_own_address(pair: Pair) -> Iterator[Found]:
    """keepalived takes a VIP off the card when it starts and whenever it becomes backup, also if the machine had it
    from its network settings; and the master adds it while another node has it. Only an address owner, a priority of
    255, may have the VIP as its own (RFC 9568 section 6.1). Compared are the cards of pair.toml: list there what a node
    has without keepalived. A warning where it may be the VIP that the node held when its addresses were collected: it
    is not the card's first address, it has the prefix length of one address, or the card has another address of that
    network."""
    for router in pair.routers:
        for address in dict.fromkeys(each for member in router.members for each in member.addresses):
            owner = _owner(pair, address)
            if owner and not _by_right(owner[0], router.members):
                having = next(each for each in router.members if address in each.addresses)
                yield _found(having, address, *owner)


def _owner(pair: Pair, address: str) -> tuple[PairNode, str] | None:
    """The node that has it, and its card."""
    cards = ((node, card, each) for node in pair.nodes for card, every in node.site.cards.items() for each in every)
    return next(((node, card) for node, card, each in cards if ip(each.split("/")[0]) == ip(address)), None)


def _by_right(node: PairNode, members: tuple[Member, ...]) -> bool:
    return any(each.node is node and each.instance.priority == ADDRESS_OWNER for each in members)


def _found(member: Member, address: str, owner: PairNode, card: str) -> Found:
    return Found(
        of_vip(member, address),
        f"keepalived moves {address}, which is {owner.name}'s own address on {card}, as pair.toml says.",
        f"an address that no machine has; if it is the VIP, take it out of [interfaces.{owner.name}]",
        "warning" if _held(owner.site.cards[card], address) else None,
    )


def _held(card: tuple[str, ...], address: str) -> bool:
    """May the card have it from keepalived? A VIP without prefix length is added as one of a single address."""
    every = [ip_interface(each) for each in card]
    own = next(each for each in every if each.ip == ip(address))
    beside = any(own.ip in each.network for each in every if each.ip != own.ip)
    return own is not every[0] or own.network.num_addresses == 1 or beside
