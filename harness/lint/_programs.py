"""The programs that a node's keepalived.conf names, and what keepalived says of them."""

from collections.abc import Iterator
from typing import NamedTuple

from harness.lint._commands import program_of
from harness.lint._explained import messages
from harness.lint._finding import Severity
from harness.lint._pair import PairNode
from harness.lint._place import Place
from harness.lint._watched import severity_without
from harness.model.keepalived import Block


class Named(NamedTuple):
    """`what`: how to call it in a sentence. `check`: its name; "" for what is told of changes (notify).

    `command`: as written, with its arguments.
    """

    place: Place
    program: str
    what: str
    check: str
    command: str = ""

    @property
    def watches(self) -> bool:
        return bool(self.check)


def programs(node: PairNode) -> Iterator[Named]:
    """Every line ``script`` or ``notify…``, wherever it stands."""
    return _programs(node, node.document)


def disabled(node: PairNode, rule: str) -> Iterator[Named]:
    """Those of which keepalived says, in the words that `rule` knows, that it disables them."""
    named = list(programs(node))
    for problem, said in messages(node, rule):
        if not said["name"]:
            continue
        if said["kind"] == "track":
            block = node.block("vrrp_script", said["name"])
            program = program_of((block.last("script") if block else None) or "")
            yield Named(node.at_path(problem.path, problem.line), program, f"the check {said['name']}", said["name"])
        else:
            program = program_of(said["name"].strip("'"))
            yield from (each for each in named if each.program == program and not each.watches)


def without(node: PairNode, named: Named) -> Severity | None:
    """Of a finding that `named` is not run. None: the rule's own."""
    return severity_without(node, named.check) if named.check else "warning"


def _programs(node: PairNode, block: Block) -> Iterator[Named]:
    for line in block.body:
        if line.words[0] == "script" or line.words[0].startswith(("notify", "vrrp_notify")):
            program = program_of(line.argument)
            check = block.argument if line.words[0] == "script" else ""
            what = f"the check {check}" if check else f"{line.words[0]} of {block.argument or 'global_defs'}"
            yield Named(node.at(line), program, what, check, " ".join(line.words[1:]))
        yield from _programs(node, line)
