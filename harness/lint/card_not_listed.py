"""Cards that keepalived.conf names and pair.toml does not."""

from collections.abc import Iterator

from harness.lint._finding import Severity
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.model.keepalived import Block
from harness.site.cards import missing_cards


@rule("note", outage="Without the card keepalived leaves out all that names it.", experiment="none: files show it")
def card_not_listed(pair: Pair) -> Iterator[Found]:
    """keepalived was asked with a card of that name and without an address.

    A note if pair.toml lists no card of the node at all. An error if it lists others: as pair.toml says, the node has
    no such card, and keepalived then does not start the vrrp_instance. A warning if only an address or a tracker needs
    the card.
    """
    for node in pair.nodes:
        for card, line in missing_cards(node.site).items():
            yield _found(node, card, line)


def _found(node: PairNode, card: str, line: Block) -> Found:
    listed = ", ".join(node.site.cards)
    if not listed:
        said = f"pair.toml does not say which addresses {card} of {node.name} has: it was examined without one."
        return Found(node.at(line), said, f'[interfaces.{node.name}] "{card}" = "ADDRESS/PREFIX" in pair.toml')
    said = f"{node.name} has no card {card}, as pair.toml says; it has: {listed}."
    severity: Severity = "error" if line.words[0] == "interface" else "warning"
    instead = f"a card of the node, or {card} in [interfaces.{node.name}] of pair.toml"
    return Found(node.at(line), said, instead, severity)
