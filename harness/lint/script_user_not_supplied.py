"""A check runs as a user that the lab's node does not have."""

from collections.abc import Iterator
from typing import Final

from harness.lint._explained import messages
from harness.lint._lines import of_globals, once
from harness.lint._pair import Pair, PairNode
from harness.lint._programs import programs
from harness.lint._rule import Found, rule


@rule(
    "error",
    outage="Not known: where the user does not exist, keepalived removes the check and goes on without it.",
    experiment="none: the user must exist in the lab",
    undecided=True,
)
def script_user_not_supplied(pair: Pair) -> Iterator[Found]:
    """keepalived removes the checks of a user that does not exist; whether the site's nodes have it cannot be seen.

    Where none is named, enable_script_security needs the user keepalived_script, which must exist. Source:
    set_default_script_user() in lib/notify.c, vrrp_vscript_end_handler() in keepalived/vrrp/vrrp_parser.c.
    """
    yield from once(found for node in pair.nodes for found in (*_named(node), *_default(node)))


_INSTEAD: Final = (
    "script_user keepalived_script in global_defs, if the site's nodes have that user (a user that a file names is "
    "taken for one that exists); else script_user root"
)
_GONE: Final = "a user that the examined node does not have: keepalived removes the check."


def _named(node: PairNode) -> Iterator[Found]:
    for problem, said in messages(node, "script-user-not-supplied"):
        if (name := said["name"]) and not _is_of_notify(node, name):
            line = (
                node.at_path(problem.path, problem.line) if problem.line else node.at(of_globals(node, "script_user"))
            )
            yield Found(line, f"Checks run as user {name}, {_GONE}", f"script_user root, if {name} need not exist")


def _is_of_notify(node: PairNode, name: str) -> bool:
    """keepalived ignores the notify line, as `line-dropped` tells, and keeps the checks.

    A user is what follows the program: also an argument of one that has typographic quotation marks.
    """
    named = list(programs(node))
    of_checks = {word for each in named if each.watches for word in each.command.split()}
    lines = (of_globals(node, "script_user"), *(block.find("user") for block in node.document.all("vrrp_script")))
    of_checks |= {word for line in lines if line for word in line.words}
    return name not in of_checks and any(name in each.command.split()[1:] for each in named if not each.watches)


def _default(node: PairNode) -> Iterator[Found]:
    if any(_named(node)):
        return
    for _, said in messages(node, "script-user-not-supplied"):
        if script := said["script"]:
            told = f"{script} runs as keepalived_script, the default under enable_script_security, {_GONE}"
            yield Found(node.at(node.block("vrrp_script", script)), told, _INSTEAD)
