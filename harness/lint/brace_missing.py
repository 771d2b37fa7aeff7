"""A block of keepalived.conf that is not closed, or a brace too many."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._braces import Unbalanced, unbalanced
from harness.lint._explained import explained_by, said_by_keepalived
from harness.lint._finding import Severity
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule

_BRACE_ALONE: Final = re.compile(r"missing '}'|Extra '}'|[Uu]nknown keyword '}'")


@rule("error", outage="keepalived goes on without the lines that it drops.", experiment="none: it shows at the start")
def brace_missing(pair: Pair) -> Iterator[Found]:
    """After an open block keepalived reads what follows as its lines, knows none of them and drops them, each with a
    message of its own: a whole vrrp_instance may be among them. Told is the block that is open where a block begins
    that stands in no other, such as vrrp_instance; the brace is missing between the two. A warning where keepalived
    tells of braces alone: after a brace too many between blocks, or without the last one of the file, all that is
    written is in force. Source: read_conf_file() in lib/parser.c.
    """
    yield from once(_told(node, found) for node in pair.nodes if (found := unbalanced(node.site)))


def _told(node: PairNode, found: Unbalanced) -> Found:
    where = node.at_path(found.path, found.line)
    return Found(where, f"In keepalived.conf of {node.name}, {found.said}", found.instead, _severity(node))


def _severity(node: PairNode) -> Severity | None:
    """None, the rule's own, also if keepalived said nothing of a brace."""
    lost = [each.said for each in said_by_keepalived(node) if each.severity == "lost" and not explained_by(each.said)]
    return "warning" if lost and all(map(_BRACE_ALONE.search, lost)) else None
