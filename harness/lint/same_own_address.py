"""Two nodes with one address of their own."""

from collections.abc import Iterator
from ipaddress import ip_interface
from itertools import combinations

from harness.lint._lines import once
from harness.lint._pair import Member, Pair
from harness.lint._place import Place
from harness.lint._rule import Found, rule
from harness.site.pair_file import NAME


@rule("error", outage="No node hears the other: both have the VIP.", experiment="power_cut")
def same_own_address(pair: Pair) -> Iterator[Found]:
    """A node that was copied keeps the address of the first one, or pair.toml names one twice. The kernel drops what
    comes from an address of its own (accept_local, ip-sysctl.rst). Judged are the cards that adverts take; a bridge for
    containers has the same address on every machine."""
    for router in pair.routers:
        yield from once(found for one, other in combinations(router.members, 2) for found in _shared(one, other))


def _shared(one: Member, other: Member) -> Iterator[Found]:
    theirs = _addresses(other)
    for address in (each for each in _addresses(one) if each in theirs and one.node is not other.node):
        yield Found(
            Place(NAME),
            f"{one.node.name} and {other.node.name} both have {address} on the card of {one.instance.name}: neither "
            "hears the other.",
            "an address of its own for each node",
        )


def _addresses(member: Member) -> list[str]:
    cards = member.node.site.cards.get(member.instance.base_interface, ())
    return [str(ip_interface(each).ip) for each in cards]
