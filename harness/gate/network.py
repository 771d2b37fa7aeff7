"""The networks of a site as segments of a lab: which cards are on which, and which addresses are free for our nodes.

Pure. A segment has the name of a card on it, so that LB1.ETH0 is what the site calls it.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Final, NamedTuple

from harness.model.errors import UsageError
from harness.site.site import Site

_LONGEST: Final = 9  # characters of a segment's name: ``sw-NAME-a`` is a device of the kernel


class Card(NamedTuple):
    """A node's card with the first of its IPv4 addresses."""

    node: str
    device: str
    address: IPv4Interface


class Segment(NamedTuple):
    name: str
    network: IPv4Network
    cards: tuple[Card, ...]

    @property
    def switches(self) -> tuple[str, str]:
        return f"sw-{self.name}-a", f"sw-{self.name}-b"

    @property
    def trunk(self) -> str:
        return f"t-{self.name}"


def segments(site: Site) -> tuple[Segment, ...]:
    """In the order of the first node's cards. Raises `UsageError` for a card without an IPv4 address."""
    by_network: dict[IPv4Network, list[Card]] = {}
    for card in _cards(site):
        by_network.setdefault(card.address.network, []).append(card)
    names: dict[str, IPv4Network] = {}
    for network, cards in by_network.items():
        names[_name(cards[0].device, names)] = network
    return tuple(Segment(name, network, tuple(by_network[network])) for name, network in names.items())


class FreeAddresses:
    """Hands out addresses of a network that nothing of the site uses: the highest first, where few sites begin."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(map(IPv4Address, taken))

    def take(self, network: IPv4Network) -> IPv4Interface:
        """Raises `UsageError` if none is left."""
        for number in range(int(network.broadcast_address) - 1, int(network.network_address), -1):
            address = IPv4Address(number)
            if address not in self._taken:
                self._taken.add(address)
                return IPv4Interface((address, network.prefixlen))
        raise UsageError(f"{network} has no free address for a customer: the lab needs one beside those of the site.")


def _cards(site: Site) -> Iterable[Card]:
    for node in site.nodes.values():
        for device, addresses in node.cards.items():
            own = [each for each in addresses if ":" not in each]
            if not own:
                raise UsageError(
                    f"pair.toml: interfaces.{node.name}.{device} has no IPv4 address: a lab needs one of each card."
                )
            yield Card(node.name, device, IPv4Interface(own[0]))
        if not node.cards:
            raise UsageError(f'pair.toml: interfaces.{node.name} is missing: write eth0 = "192.0.2.11/24".')


def _name(device: str, taken: Iterable[str]) -> str:
    """Of a card, as far as a segment can have it; else a number."""
    plain = re.sub(r"[^a-z0-9]+", "-", device.lower()).strip("-")
    short = plain if len(plain) <= _LONGEST and plain[:1].isalpha() else f"net{plain[-3:]}"
    free = [short, *(f"net{number}" for number in range(1, 100))]
    return next(each for each in free if each not in taken)
