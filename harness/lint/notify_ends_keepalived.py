"""A notify program ends the keepalived that runs it."""

from collections.abc import Iterator
from typing import Final

from harness.lint._finding import Severity
from harness.lint._lines import once
from harness.lint._notified import ENDS_KEEPALIVED, Notified, notified
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule

_EFFECTS: Final = {
    "notify_master": "a node that becomes master gives the VIP up at once, and the next node does the same",
    "notify_backup": "each start makes it backup first, so it never stays running as one: no node takes over",
    "notify_fault": "after any fault the node does not come back by itself, or starts anew until the fault is over",
    "notify": "which state does it cannot be told",
}
_WEAKER: Final = ("notify_fault", "notify")


@rule("error", outage="The VIP is given up by each node that gets it, or none takes over.", experiment="power_cut")
def notify_ends_keepalived(pair: Pair) -> Iterator[Found]:
    """keepalived runs these programs whenever the state changes, its own start included. One that restarts or stops
    keepalived undoes the change: the VIP moves for ever, or a backup ends itself. A warning for a script that decides
    first, for notify_fault, which may be meant so, and for `notify`, which gets the state as an argument. A reload is
    no finding. Source: keepalived.conf(5), notify_master."""
    yield from once(found for node in pair.nodes for found in _ended(node))


def _ended(node: PairNode) -> Iterator[Found]:
    for each in notified(node):
        keyword = each.line.words[0]
        if keyword in _EFFECTS and (said := ENDS_KEEPALIVED.search(each.filled)):
            yield Found(
                node.at(each.line),
                f"{keyword} of {each.block.argument} ends keepalived on {node.name} by `{said[0]}`: "
                f"{_EFFECTS[keyword]}.",
                f"take it out of {keyword}",
                _severity(each),
            )


def _severity(by: Notified) -> Severity | None:
    return None if by.is_plain and by.line.words[0] not in _WEAKER else "warning"
