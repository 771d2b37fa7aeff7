"""A pair that has one node."""

from collections.abc import Iterator

from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.site import KEEPALIVED


@rule("warning", outage="The node fails, and the address is on no node.", experiment="power_cut")
def one_node(pair: Pair) -> Iterator[Found]:
    """Most outages of pairs are a difference between two files that are each valid: with the files of one node alone
    none of them can be found."""
    if len(pair.nodes) == 1:
        (node,) = pair.nodes
        yield Found(
            node.at_path(KEEPALIVED),
            f"{node.name} is the only node of pair.toml{_peers(node)}: what differs between nodes was not looked at, "
            "and no node takes over.",
            "the files of the other node in the folder, and the node in [nodes] of pair.toml",
        )


def _peers(node: PairNode) -> str:
    peers = dict.fromkeys(peer.address for each in node.running.instances for peer in each.unicast_peers)
    return f", and its unicast_peer names {', '.join(peers)}" if peers else ""
