"""What a rule of lint says to write, word for word, where that is one line of the site's own files."""

import re
from collections.abc import Iterator
from typing import Final

from harness import lint
from harness.gate.battery import AT_REST
from harness.gate.prepare import Prepared
from harness.gate.preventions.candidate import Candidate
from harness.gate.preventions.edit import Edit
from harness.gate.preventions.on_nodes import on_nodes
from harness.gate.preventions.writing import instead, path_of
from harness.lint import Finding, PairNode
from harness.model.keepalived import Block

_NODE: Final = (AT_REST, "power-cut", "link-down", "keepalived-killed", "keepalived-stopped", "freeze", "return")
_HAPROXY: Final = ("haproxy-killed", "haproxy-stopped", "haproxy-hung")
_LINE: Final = re.compile(r"(virtual_router_id|advert_int|priority|state) (\S+)(?: or less| on \S+ .*| on all nodes)?")
_RULES: Final[dict[str, tuple[str, ...]]] = {
    "vrid-mismatch": _NODE,
    "advert-interval-mismatch": _NODE,
    "equal-priorities": (*_NODE, "vrrp-lost", "blip", "one-way", "thaw"),
    "priority-255-drops-check": _HAPROXY,
    "state-master-nopreempt": ("return",),
}
"""Rule → the tests that may fail for what it finds."""
_STRICT: Final = ("vrrp_strict", "strict_mode", "no_accept")


def as_lint_says(prepared: Prepared) -> Iterator[Candidate]:
    """One candidate for each setting and value, on every node that the rule names."""
    every = [(each, line) for rule in _RULES for each in lint.ALL[rule](prepared.pair) if (line := _line(each))]
    for rule, text in dict.fromkeys((each.rule, f"{line[1]} {line[2]}") for each, line in every):
        found = [each for each, line in every if (each.rule, f"{line[1]} {line[2]}") == (rule, text)]
        edits = (edit for each in found for edit in _edits(prepared, each, text))
        yield from on_nodes(text, _RULES[rule], edits)


def _line(finding: Finding) -> re.Match[str] | None:
    return _LINE.fullmatch(finding.instead)


def _edits(prepared: Prepared, finding: Finding, text: str) -> Iterator[tuple[PairNode, Edit | None]]:
    """Of equal priorities in a file that nodes share, one change would leave them equal."""
    nodes = [each for each in prepared.pair.nodes if _has(each, finding.file)]
    keyword = text.partition(" ")[0]
    for node in nodes:
        lines = [
            line
            for block in node.document.all("vrrp_instance")
            if (line := block.find(keyword)) and _is_concerned(node, finding, block, line)
        ]
        shared = keyword == "priority" and len(nodes) > 1
        yield from ((node, None if shared else instead(node, line, text)) for line in lines)


def _has(node: PairNode, source: str) -> bool:
    return any(file.source == source for file in node.site.files)


def _is_concerned(node: PairNode, finding: Finding, block: Block, line: Block) -> bool:
    """The finding points at the line, or at another one of its block."""
    inner = {block.line, *(each.line for each in block.body)}
    return node.site.source(path_of(line)) == finding.file and finding.line in inner


def without_strict(prepared: Prepared) -> Iterator[Candidate]:
    """keepalived drops what customers send to an address that it may not accept packets for."""
    found = {(each.file, each.line) for each in lint.ALL["strict-drops-customers"](prepared.pair)}
    lines = [
        (node, line)
        for node in prepared.pair.nodes
        for block in node.document.all("global_defs", "vrrp_instance")
        for line in block.all(*_STRICT)
        if node.at(line) in found
    ]
    edits = ((node, instead(node, line, "")) for node, line in lines)
    yield from on_nodes("strict VRRP left out", (*_NODE, *_HAPROXY), edits)
