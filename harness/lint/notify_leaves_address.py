"""A notify program adds an address that none takes away."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._lines import once
from harness.lint._notified import Notified, notified
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule

_IP: Final = r"\bip\s+(?:-\S+\s+)*a(?:ddr(?:ess)?)?\s+"
_ADDS: Final = re.compile(rf"{_IP}(?:add|a|replace|r)\s+(?:local\s+)?([0-9a-fA-F.:]+)(?:/\d+)?\s")
_TAKES: Final = re.compile(
    rf"{_IP}(?:del(?:ete)?|d|flush|f)\b|\bifconfig\s+\S+\s+(?:\S+\s+)?(?:down|del|0)\b|\b(?:ifdown|nmcli|networkctl)\b"
)

_OF_THE_SYSTEM: Final = re.compile(r"/(?:usr/)?s?bin/(?!\w*sh$|env$|python|perl|sudo$)")
"""A program whose arguments say what it does; not one that runs another."""


@rule(
    "warning",
    outage="After a failback both nodes have the address.",
    experiment="power_cut",
)
def notify_leaves_address(pair: Pair) -> Iterator[Found]:
    """What keepalived adds it takes away again; what notify_master adds by `ip address add` stays when the node becomes
    backup, or when its check fails, unless another notify program takes it away. Found where no notify program of the
    node does. A warning: a timer or another program may. Source: keepalived.conf(5), notify_master,
    virtual_ipaddress."""
    yield from once(found for node in pair.nodes for found in _left(node))


def _left(node: PairNode) -> Iterator[Found]:
    every = list(notified(node))
    if any(_TAKES.search(each.filled) for each in every) or any(_is_unread(node, each) for each in every):
        return
    for each in every:
        for found in _ADDS.finditer(f"{each.filled}\n"):
            yield Found(
                node.at(each.line),
                f"{each.line.words[0]} adds {found[1]} on {node.name}, and no notify program takes it away: after a "
                "takeover and a failback both nodes have it.",
                f"{found[1]} in virtual_ipaddress or virtual_ipaddress_excluded",
            )


def _is_unread(node: PairNode, each: Notified) -> bool:
    """A program that the site did not bring may take it away."""
    words = " ".join(each.line.words[1:]).replace('"', " ").replace("'", " ").split()
    return bool(words) and not _OF_THE_SYSTEM.match(words[0]) and not any(map(node.site.file, words))
