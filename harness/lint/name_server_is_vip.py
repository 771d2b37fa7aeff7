"""HAProxy looks names up at the pair's own address."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from harness.lint._frontends import place, vips
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_bind import address, ip


@rule(
    "warning",
    outage="HAProxy finds no server by its name.",
    experiment="none: it shows at the start",
)
def name_server_is_vip(pair: Pair) -> Iterator[Found]:
    """A name server of `resolvers` that is a VIP of this pair: HAProxy asks itself by UDP, where it answers nothing, or
    the other node. A warning: another program may answer DNS at that address. Source: HAProxy's configuration manual,
    5.3.2 "nameserver"."""
    moved = {ip(each) for each in vips(pair)}
    yield from once(found for node in pair.nodes for found in _asking_itself(node, moved))


def _asking_itself(node: PairNode, moved: set[IPv4Address | IPv6Address | None]) -> Iterator[Found]:
    sections = (each for each in node.haproxy.sections if each.kind == "resolvers")
    for section, line in ((each, line) for each in sections for line in each.all("nameserver")):
        asked = ip(address(line.word(2)).name)
        if asked in moved and not line.word(2).startswith("tcp"):
            yield Found(
                place(node, line),
                f"resolvers {section.name} asks {asked}, which is a VIP of this pair: HAProxy answers no DNS by UDP "
                "there, so its servers' names are found only if another program on the node does.",
                "the address of a name server",
            )
