"""A check runs as a user that the lab's node does not have."""

from collections.abc import Iterator

from harness.lint._explained import messages
from harness.lint._lines import of_globals, once
from harness.lint._pair import Pair, PairNode
from harness.lint._place import Place
from harness.lint._rule import Found, rule
from harness.model.file_problem import Problem


@rule(
    "error",
    outage="Not known: where the user does not exist, keepalived removes the check and goes on without it.",
    experiment="none: the user must exist in the lab",
    undecided=True,
)
def script_user_not_supplied(pair: Pair) -> Iterator[Found]:
    """Whether the site's nodes have the user cannot be seen in their files. keepalived removes the scripts of a user
    that does not exist. Source: set_default_script_user() in lib/notify.c, vrrp_script handling in vrrp_parser.c.
    """
    yield from once(found for node in pair.nodes for found in _unknown(node))


def _unknown(node: PairNode) -> Iterator[Found]:
    for problem, said in messages(node, "script-user-not-supplied"):
        if name := said["name"]:
            yield Found(
                _place(node, problem),
                f"Checks run as user {name}, which the examined node does not have: keepalived removes them.",
                f"script_user with a user that every node has; or make sure that {name} exists on all nodes",
            )


def _place(node: PairNode, problem: Problem) -> Place:
    return node.at_path(problem.path, problem.line) if problem.line else node.at(of_globals(node, "script_user"))
