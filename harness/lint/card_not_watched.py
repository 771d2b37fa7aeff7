"""A card that a node needs to serve, and whose failure does not move the VIP."""

from collections.abc import Iterator
from ipaddress import ip_interface

from harness.lint._answered import servers_asked
from harness.lint._frontends import customers
from harness.lint._lines import once
from harness.lint._pair import Member, Pair, PairNode, Router
from harness.lint._rule import Found, rule
from harness.lint._trackers import trackers
from harness.site.haproxy_bind import ip


@rule(
    "warning",
    outage="The card fails and the VIP stays: customers come to a node that reaches no server.",
    experiment="link_down",
)
def card_not_watched(pair: Pair) -> Iterator[Found]:
    """keepalived gives an address up when the card of its adverts, or that of the address, fails; of another card it
    knows what track_interface or a sync group tells it. Found where servers of HAProxy are in the subnet of a card that
    nothing watches for an instance; and where instances on two cards have no sync group, and it is not known behind
    which of them the servers are. A check that asks the servers watches their card too. VLANs of one card fail
    together. A warning: servers may be reached by another way. Source: keepalived.conf(5), vrrp_sync_group."""
    for router in pair.routers:
        if len({member.node.name for member in router.members}) > 1:
            yield from once(_found(member, card, why) for member in router.members for card, why in _lost(pair, member))


def _lost(pair: Pair, member: Member) -> Iterator[tuple[str, str]]:
    """(card, what is behind it)."""
    watched = {_cable(card) for card in _watched(member)}
    if any(servers_asked(pair, member)):
        return
    behind = _cards_of_servers(pair, member.node)
    for card, servers in behind.items():
        if _cable(card) not in watched:
            yield card, f"HAProxy reaches {servers} by it"
    if not behind and not _all_elsewhere(pair, member.node):
        yield from ((card, f"{name} is on it") for card, name in _cards_of_others(pair, member) if card not in watched)


def _watched(member: Member) -> set[str]:
    """By the instance, and by those that change their state together with it."""
    group = member.instance.sync_group
    fellows = [each for each in member.node.running.instances if group and each.sync_group == group]
    every = [member, *(Member(member.node, each) for each in fellows)]
    own = {each.instance.base_interface for each in every}
    vips = {vip.device for each in every for vip in (*each.instance.vips, *each.instance.excluded)}
    return own | vips | {tracker.name for each in every for tracker in trackers(each) if tracker.kind == "interface"}


def _cable(card: str) -> str:
    """eth0.20 is on eth0."""
    return card.partition(".")[0]


def _addresses(pair: Pair, node: PairNode) -> Iterator[tuple[str, str]]:
    """(server, address) behind its frontends; "" where the address is not known."""
    for server in dict.fromkeys(each for frontend in customers(node) for each in node.haproxy.servers(frontend)):
        if not server.local:
            yield server.name, server.address.host or pair.site.hosts.get(server.address.name, "")


def _cards_of_servers(pair: Pair, node: PairNode) -> dict[str, str]:
    """Card → a server in its subnet. None if a server is in the subnet of two cards."""
    found: dict[str, str] = {}
    for name, address in _addresses(pair, node):
        cards = [card for card in node.site.cards if _reaches(node, card, address)]
        if len(cards) == 1:
            found.setdefault(cards[0], f"{name} ({address})")
    return found


def _reaches(node: PairNode, card: str, address: str) -> bool:
    host = ip(address)
    networks = [ip_interface(each).network for each in node.site.cards[card]]
    return host is not None and any(network.num_addresses > 1 and host in network for network in networks)


def _all_elsewhere(pair: Pair, node: PairNode) -> bool:
    """Are there servers, each with an address in no card's subnet? A router leads to them, by a card not known here."""
    every = [address for _, address in _addresses(pair, node)]
    return bool(every) and all(every)


def _cards_of_others(pair: Pair, member: Member) -> Iterator[tuple[str, str]]:
    """Cards of this node's other instances, if another node has those too."""
    for router in pair.routers:
        own = [each for each in router.members if each.node is member.node and each.instance is not member.instance]
        if own and _shared(router):
            yield _cable(own[0].instance.base_interface), own[0].instance.name


def _shared(router: Router) -> bool:
    return len({each.node.name for each in router.members}) > 1


def _found(member: Member, card: str, why: str) -> Found:
    name, own = member.instance.name, member.instance.base_interface
    return Found(
        member.node.at(member.block),
        f"{name} of {member.node.name} is on {own} and does not watch {card}, and {why}: {card} fails, and "
        f"{', '.join(member.addresses[:2])} stays on {member.node.name}.",
        f"track_interface {{ {card} }} in {name}, or one vrrp_sync_group with the instance on {card}",
    )
