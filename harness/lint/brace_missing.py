"""A block of keepalived.conf that is not closed, or a brace too many."""

from collections.abc import Iterator

from harness.lint._braces import Unbalanced, unbalanced
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule


@rule("error", outage="keepalived goes on without all that follows.", experiment="none: it shows at the start")
def brace_missing(pair: Pair) -> Iterator[Found]:
    """keepalived reads what follows as lines of the open block, knows none of them and drops them, each with a message
    of its own: a whole vrrp_instance may be among them. Told is the block that is open where a block begins that stands
    in no other, such as vrrp_instance; the brace is missing between the two. Source: read_conf_file() in lib/parser.c.
    """
    yield from once(_told(node, found) for node in pair.nodes if (found := unbalanced(node.site)))


def _told(node: PairNode, found: Unbalanced) -> Found:
    where = node.at_path(found.path, found.line)
    return Found(where, f"In keepalived.conf of {node.name}, {found.said}", found.instead)
