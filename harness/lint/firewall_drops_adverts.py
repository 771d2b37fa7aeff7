"""A node's firewall that lets no advert in."""

from collections.abc import Iterator

from harness.lint._firewall import VRRP, Closed, closed
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule


@rule("warning", outage="Every node is master of the same address, for good.", experiment="vrrp_lost")
def firewall_drops_adverts(pair: Pair) -> Iterator[Found]:
    """Adverts are a protocol of their own, 112, and a list of accepted TCP ports lets none in: keepalived hears no node
    and takes the address (keepalived #2458, #1487). Looked at are nftables.conf, and what iptables-save wrote to
    rules.v4, among the node's files: an input chain that drops the rest and names neither VRRP nor 112 nor 224.0.0.18,
    and accepts no address and no card as a whole. What goes on in other chains or files is not judged. A warning:
    other files may add rules."""
    yield from once(_found(node, each) for node in pair.nodes for each in closed(node) if _is_deaf(node, each))


def _is_deaf(node: PairNode, firewall: Closed) -> bool:
    return bool(node.running.instances) and not VRRP.search(firewall.text)


def _found(node: PairNode, firewall: Closed) -> Found:
    return Found(
        node.at_path(firewall.path, firewall.line),
        f"The firewall of {node.name} drops what no rule accepts, and no rule accepts adverts (protocol 112): the node "
        "hears no other, and is master.",
        "ip protocol vrrp accept" if firewall.nft else "-A INPUT -p 112 -j ACCEPT",
    )
