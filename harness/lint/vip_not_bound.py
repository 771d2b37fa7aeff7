"""A VIP at which HAProxy does not listen."""

import re
from collections.abc import Iterator
from ipaddress import ip_interface

from harness.lint._frontends import customers
from harness.lint._lines import of_vip
from harness.lint._pair import Member, Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_bind import HaproxyBind, binds, ip


@rule(
    "error",
    outage="Customers of this address are refused on every node, although keepalived moves it as it should.",
    experiment="none: it shows at the start",
)
def vip_not_bound(pair: Pair) -> Iterator[Found]:
    """A VIP that no bind of a frontend with servers names is answered by no process: the kernel refuses the connection.
    A wildcard takes all addresses of its family: `*:80` of IPv4, `:::80` of both; a bind with `interface` those that
    come by that card; with use_vmac customers' frames come by the card that keepalived makes. It is an error where a
    probe of pair.toml asks the VIP, or where a bind names another address of the same subnet; else a warning, since it
    may be the gateway of the servers and not for customers, or of the other family than a wildcard."""
    for router in pair.routers:
        for member in router.members:
            bound = _bound(member.node)
            at_card = [bind for bind in bound if _takes(member, bind)]
            for each in (each for each in member.addresses if bound and not _covered(pair, at_card, each)):
                beside = _beside(member.node, bound, each) and not any(bind.address.every for bind in bound)
                yield _found(member, each, sure=beside or _asked(pair, each))


def _asked(pair: Pair, vip: str) -> bool:
    """By a probe, as its host."""
    return any(re.search(rf"//\[?{re.escape(vip)}(?![\w.:])", url) for url in pair.site.probe)


def _takes(member: Member, bind: HaproxyBind) -> bool:
    """A bind to another card than the one where customers come in gets none of them."""
    devices = {vip.device for vip in (*member.instance.vips, *member.instance.excluded)}
    cards = devices if member.instance.vmac else {member.instance.base_interface, *devices}
    return not bind.interface or bind.interface in cards or bind.interface not in member.node.site.cards


def _bound(node: PairNode) -> list[HaproxyBind]:
    return [bind for frontend in customers(node) for bind in binds(frontend)]


def _beside(node: PairNode, bound: list[HaproxyBind], vip: str) -> bool:
    """Is there a bind in the same subnet of a card?"""
    subnets = [ip_interface(each).network for card in node.site.cards.values() for each in card]
    hosts = [found for bind in bound if (found := ip(bind.address.host))]
    return any(ip(vip) in subnet and any(host in subnet for host in hosts) for subnet in subnets)


def _covered(pair: Pair, bound: list[HaproxyBind], vip: str) -> bool:
    parsed = ip(vip)
    if parsed is None or parsed.is_link_local:
        return True
    return any(_covers(pair, bind, vip) for bind in bound)


def _covers(pair: Pair, bind: HaproxyBind, vip: str) -> bool:
    """A name stands for what `hosts` of pair.toml says; what is not known may be this VIP."""
    if bind.address.socket:
        return False
    named = pair.site.hosts.get(bind.address.name, "")
    return not (bind.address.host or named) or bind.covers(vip) or ip(named) == ip(vip)


def _found(member: Member, vip: str, *, sure: bool) -> Found:
    return Found(
        of_vip(member, vip),
        f"No bind of HAProxy on {member.node.name} takes connections to {vip}, which keepalived moves.",
        f"bind {vip}:80, with the port that customers use, or bind *:80",
        None if sure else "warning",
    )
