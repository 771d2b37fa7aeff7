"""The same port leads to other servers on another node."""

from collections.abc import Iterator

from harness.lint._frontends import place
from harness.lint._lines import once
from harness.lint._pair import Pair
from harness.lint._rule import Found, rule
from harness.lint._served import Offer, is_known, offered_twice, where
from harness.site.haproxy_server import HaproxyServer


@rule(
    "warning",
    outage="After a takeover customers meet other servers: an old address, or fewer than the load needs.",
    experiment="power_cut",
)
def servers_differ(pair: Pair) -> Iterator[Found]:
    """A server was added, moved or taken out on one node and forgotten on the other: each haproxy.cfg is valid.
    Compared are the addresses and ports of the servers behind each port that both nodes take at a VIP. A server on the
    node itself counts as the same on every node. Left out are servers whose address a variable gives. A warning:
    servers may differ by intention."""
    yield from once(found for router in pair.routers for found in _differences(pair, list(offered_twice(router))))


def _differences(pair: Pair, both: list[tuple[Offer, Offer, str, int]]) -> Iterator[Found]:
    for one, other, vip, port in both:
        if all(map(is_known, (*one.servers, *other.servers))) and one.servers and other.servers:
            for having, lacking in ((one, other), (other, one)):
                if alone := _alone(pair, having, lacking):
                    yield _found(having, lacking, alone, f"{vip}:{port}")


def _alone(pair: Pair, having: Offer, lacking: Offer) -> list[HaproxyServer]:
    """Those that the other node does not have, by what each calls them and by addresses."""
    theirs = {each for server in lacking.servers for each in (where(lacking.node, server), _plain(pair, server))}
    return [server for server in having.servers if not {where(having.node, server), _plain(pair, server)} & theirs]


def _plain(pair: Pair, server: HaproxyServer) -> str:
    name = server.address.name
    return f"{pair.site.hosts.get(name, name)} {server.address.ports[0]}"


def _found(having: Offer, lacking: Offer, alone: list[HaproxyServer], at: str) -> Found:
    named = ", ".join(f"{server.name} ({where(having.node, server)})" for server in alone)
    return Found(
        place(having.node, alone[0].line),
        f"Behind {at}, {having.node.name} has {named}, and {lacking.node.name} does not: a takeover changes the "
        "servers.",
        "the same servers on all nodes",
    )
