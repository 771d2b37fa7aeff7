"""A peer of HAProxy's at an address that its node does not have."""

from collections.abc import Iterator

from harness.lint._frontends import own_addresses, place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_bind import address
from harness.site.haproxy_text import HaproxyLine


@rule(
    "warning", outage="After a takeover stick tables are empty: customers lose their sessions.", experiment="power_cut"
)
def peers_mismatch(pair: Pair) -> Iterator[Found]:
    """HAProxy sends its stick tables to the peers that its file names. A peer with the name of another node and an
    address of none, or of a third one, is never reached. Judged are peers with the name of a node of the pair and an IP
    address. A warning: the node may have addresses that pair.toml does not list. Source: HAProxy's configuration
    manual, 10.1 peers."""
    yield from once(found for node in pair.nodes for found in _strange(pair, node))


def _strange(pair: Pair, node: PairNode) -> Iterator[Found]:
    nodes = {each.name: each for each in pair.nodes}
    for line in (line for each in node.haproxy.sections if each.kind == "peers" for line in each.lines):
        named = nodes.get(line.word(1)) if line.words[0] in ("peer", "server") else None
        host = address(line.word(2)).host
        if named and host and named.site.cards and host not in {*own_addresses(named), "0.0.0.0", "::"}:  # noqa: S104
            yield _found(node, named, line, host)


def _found(node: PairNode, named: PairNode, line: HaproxyLine, host: str) -> Found:
    return Found(
        place(node, line),
        f"Peer {named.name} of {node.name} has the address {host}, and {named.name} has "
        f"{', '.join(sorted(own_addresses(named)))}: its stick tables do not reach it.",
        f"{line.words[0]} {named.name} {min(own_addresses(named))} with its port",
    )
