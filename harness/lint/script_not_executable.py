"""A check's script has no execute bit, or a first line that names no program."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._explained import messages
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._programs import programs, without
from harness.lint._rule import Found, rule

_ANY: Final = 0o111
_CARRIED: Final = re.compile(r"#!\s*/\S+\r\n")
"""Written on Windows: the kernel looks for a program whose name ends in a carriage return."""


@rule("error", outage="Nothing watches HAProxy: it dies, and the VIP stays on its node, for good.", experiment="killed")
def script_not_executable(pair: Pair) -> Iterator[Found]:
    """A check that cannot be executed counts as success (keepalived #2126); `keepalived -t` says nothing of it.

    At a start keepalived says that it disables the script. A first line that ends in a carriage return has the same
    effect in 2.3.3, and keepalived says nothing of it. A notify script is a warning, and so is a check of an instance
    that has another check of HAProxy. Source: is_executable() in lib/notify.c.
    """
    yield from once(found for node in pair.nodes for found in (*_unable(node), *_interpreter(node)))


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
                without(node, named),
            )


def _interpreter(node: PairNode) -> Iterator[Found]:
    for named in programs(node):
        file = node.site.file(named.program)
        if file and _CARRIED.match(file.text):
            yield Found(
                named.place,
                f"The first line of {named.program} ends in a carriage return, so no program runs it: keepalived takes "
                f"{named.what} as a success, whatever happens.",
                f"sed -i 's/\\r$//' {named.program}",
                without(node, named),
            )


def _as(user: str) -> str:
    return f" by uid:gid {user}" if user else ""


def _mode(node: PairNode, program: str) -> str:
    file = node.site.file(program)
    return f" (its mode is {file.mode:04o})" if file else ""
