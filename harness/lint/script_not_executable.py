"""A check's script has no execute bit."""

from collections.abc import Iterator
from typing import Final

from harness.lint._commands import program_of
from harness.lint._explained import messages
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.model.keepalived import Block

_ANY: Final = 0o111


@rule("error", outage="Nothing watches HAProxy: it dies, and the VIP stays on its node, for good.", experiment="killed")
def script_not_executable(pair: Pair) -> Iterator[Found]:
    """A check that cannot be executed counts as success (keepalived #2126); `keepalived -t` says nothing of it.

    At a start keepalived says that it disables the script. A notify script is a warning: no check rests on it. Source:
    is_executable() in lib/notify.c.
    """
    yield from once(found for node in pair.nodes for found in _unable(node, node.document))


def _unable(node: PairNode, block: Block) -> Iterator[Found]:
    users = {said["name"]: said["user"] for _, said in messages(node, "script-not-executable")}
    for line in block.body:
        program = program_of(line.argument)
        file = node.site.file(program)
        named = line.words[0] == "script" or line.words[0].startswith("notify")
        if named and (program in users or (file and not file.mode & _ANY)):
            yield Found(
                node.at(line),
                f"{program} cannot be executed{_as(users.get(program, ''))}{_mode(node, program)}: keepalived disables "
                "it and goes on.",
                f"chmod 755 {program}",
                None if line.words[0] == "script" else "warning",
            )
        yield from _unable(node, line)


def _as(user: str) -> str:
    return f" by uid:gid {user}" if user else ""


def _mode(node: PairNode, program: str) -> str:
    file = node.site.file(program)
    return f" (its mode is {file.mode:04o})" if file else ""
