"""The nodes' own addresses, as far as their files tell them: unicast_src_ip, unicast_peer, HAProxy's peers."""

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Interface, ip_interface
from typing import Final, NamedTuple

from harness.model.keepalived import Block

_OWN: Final = ("unicast_src_ip", "mcast_src_ip")
_PEER: Final = re.compile(r"^\s*peer\s+(\S+)\s+(?:ipv4@)?([\d.]+):\d+", re.MULTILINE)
UNKNOWN: Final = "ADDRESS/PREFIX"
_MOVING: Final = ("virtual_ipaddress", "virtual_ipaddress_excluded")
_PREFIX: Final = 24


class Cards(NamedTuple):
    """Card → address with prefix length. `told`: as the files or the node itself tell them; a card may have several.

    `suggested`: of every other card, one of a VIP's subnet that no file names; `UNKNOWN` where no VIP says a subnet.
    """

    told: dict[str, tuple[str, ...]]
    suggested: dict[str, str]


def own_addresses(documents: Mapping[str, Block], named: Mapping[str, list[str]], haproxy: str) -> dict[str, Cards]:
    """`documents`: node → its keepalived.conf. `named`: node → its cards. `haproxy`: the text of every haproxy.cfg."""
    peers = dict(_PEER.findall(haproxy))
    every = {each for document in documents.values() for instance in _instances(document) for each in _peers(instance)}
    taken = {vip for document in documents.values() for vip in vips(document)}
    told = {node: _told(document, every, peers.get(node, "")) for node, document in documents.items()}
    taken |= {address.partition("/")[0] for each in told.values() for address in each.values()}
    return {
        node: Cards(
            {card: (told[node][card],) for card in named[node] if card in told[node]},
            dict(_suggested(document, [card for card in named[node] if card not in told[node]], taken)),
        )
        for node, document in documents.items()
    }


def vips(document: Block) -> set[str]:
    """All that move, without prefix length."""
    listed = (each for instance in _instances(document) for each in instance.all(*_MOVING))
    return {line.words[0].partition("/")[0] for block in listed for line in block.body}


def _told(document: Block, every: set[str], peer: str) -> dict[str, str]:
    """The one peer of the others that the node does not name itself is the node."""
    found: dict[str, str] = {}
    for instance in _instances(document):
        others = set(_peers(instance))
        left = every - others if others else set()
        written = next((each for keyword in _OWN if (each := instance.last(keyword))), None)
        own = written or (left.pop() if len(left) == 1 else "")
        near = _network(instance)
        own = own or (peer if _inside(peer, near) else "")
        if own and (card := instance.last("interface")):
            found.setdefault(card, f"{own}/{near.network.prefixlen if near and _inside(own, near) else _PREFIX}")
    return found


def _suggested(document: Block, cards: list[str], taken: set[str]) -> Iterator[tuple[str, str]]:
    for instance in _instances(document):
        card, near = instance.last("interface") or "", _network(instance)
        if card in cards and near is not None:
            cards = [each for each in cards if each != card]
            free = (each for each in _after(near) if str(each) not in taken)
            if (own := next(free, None)) is not None:
                taken.add(str(own))
                yield card, f"{own}/{near.network.prefixlen}"
    yield from ((card, UNKNOWN) for card in cards)


def _after(near: IPv4Interface) -> Iterator[IPv4Address]:
    """Addresses of the subnet, from the one after the VIP on, then from its beginning on."""
    first, last = int(near.network.network_address), int(near.network.broadcast_address)
    yield from map(IPv4Address, range(int(near.ip) + 1, last))
    yield from map(IPv4Address, range(first + 1, int(near.ip)))


def _instances(document: Block) -> Iterator[Block]:
    return document.all("vrrp_instance")


def _peers(instance: Block) -> Iterator[str]:
    return (line.words[0] for peers in instance.all("unicast_peer") for line in peers.body)


def _vips(instance: Block) -> Iterator[IPv4Interface]:
    for line in (line for listed in instance.all("virtual_ipaddress") for line in listed.body):
        try:
            vip = ip_interface(line.words[0])
        except ValueError:  # keepalived says so itself
            continue
        if isinstance(vip, IPv4Interface):
            yield vip


def _network(instance: Block) -> IPv4Interface | None:
    """The first VIP on the instance's own card, with its subnet; /24 where the file has no prefix length."""
    vip = next(_vips(instance), None)
    if vip is None or vip.network.prefixlen < 31:
        return vip
    return IPv4Interface(f"{vip.ip}/{_PREFIX}")


def _inside(address: str, near: IPv4Interface | None) -> bool:
    try:
        return near is not None and IPv4Address(address) in near.network
    except ValueError:
        return False
