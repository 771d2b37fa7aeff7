"""A frontend for IPv6 alone before VIPs of IPv4 alone, or the other way round."""

from collections.abc import Iterator

from harness.lint._frontends import customers, outside, place, vips
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_bind import HaproxyBind, binds


@rule("warning", outage="Customers of that port are refused, by any node.", experiment="none: it shows at the start")
def frontend_of_other_family(pair: Pair) -> Iterator[Found]:
    """`bind [::]:2222 v6only` takes no IPv4, and `bind *:2222` no IPv6: where every VIP is of the other family, no
    customer of a VIP reaches that port. Judged are wildcards of frontends with servers, where no other frontend takes
    the port at a VIP. A warning: inner clients may use the node's own address. Source: HAProxy's configuration manual,
    5.1 "v6only"."""
    moved = list(vips(pair))
    yield from once(found for node in pair.nodes if moved for found in _elsewhere(node, moved))


def _elsewhere(node: PairNode, moved: list[str]) -> Iterator[Found]:
    for frontend in customers(node):
        every = list(outside(frontend))
        if all(each.address.every and not _taken(node, each, moved) for each in every):
            six = every[0].address.host == "::"
            yield Found(
                place(node, every[0].line),
                f"{frontend.kind} {frontend.name} takes {'IPv6' if six else 'IPv4'} alone, and the VIPs of this pair "
                f"are {'IPv4' if six else 'IPv6'}: its port answers at none of them.",
                "bind :::PORT v4v6 for both" if six else "a bind of [::] too",
            )


def _taken(node: PairNode, bind: HaproxyBind, moved: list[str]) -> bool:
    """Does any frontend take its first port at a VIP?"""
    port = bind.address.ports[0]
    others = (each for frontend in node.haproxy.frontends for each in binds(frontend) if each.address.has(port))
    return any(each.covers(vip) for each in others for vip in moved)
