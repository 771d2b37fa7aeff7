"""A check's script has no execute bit."""

from collections.abc import Iterator
from typing import Final

from harness.lint._explained import messages
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._programs import programs
from harness.lint._rule import Found, rule

_ANY: Final = 0o111


@rule("error", outage="Nothing watches HAProxy: it dies, and the VIP stays on its node, for good.", experiment="killed")
def script_not_executable(pair: Pair) -> Iterator[Found]:
    """A check that cannot be executed counts as success (keepalived #2126); `keepalived -t` says nothing of it.

    At a start keepalived says that it disables the script. A notify script is a warning: no check rests on it. Source:
    is_executable() in lib/notify.c.
    """
    yield from once(found for node in pair.nodes for found in _unable(node))


def _unable(node: PairNode) -> Iterator[Found]:
    users = {said["name"]: said["user"] for _, said in messages(node, "script-not-executable")}
    for named in programs(node):
        file = node.site.file(named.program)
        if named.program in users or (file and not file.mode & _ANY):
            yield Found(
                named.place,
                f"{named.program} cannot be executed{_as(users.get(named.program, ''))}{_mode(node, named.program)}: "
                f"keepalived disables {named.what} and goes on.",
                f"chmod 755 {named.program}",
                None if named.watches else "warning",
            )


def _as(user: str) -> str:
    return f" by uid:gid {user}" if user else ""


def _mode(node: PairNode, program: str) -> str:
    file = node.site.file(program)
    return f" (its mode is {file.mode:04o})" if file else ""
