"""Where the braces of a keepalived.conf do not fit."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from harness.model.errors import UsageError
from harness.model.keepalived_text import MAIN, Line, read_lines
from harness.site.site import KEEPALIVED, SiteNode

_OUTERMOST: Final = (
    "global_defs", "vrrp_instance", "vrrp_script", "vrrp_sync_group", "vrrp_track_process", "vrrp_track_file",
    "static_ipaddress", "static_routes", "static_rules", "virtual_server", "virtual_server_group",
)  # fmt: skip
"""Blocks that stand in no other."""


class Unbalanced(NamedTuple):
    path: str
    line: int
    said: str
    instead: str


def unbalanced(node: SiteNode) -> Unbalanced | None:
    """The first; None if all fit, or if the file has what is not read here."""
    texts = node.texts
    included = {path: text for path, text in texts.items() if path != KEEPALIVED}
    try:
        return _first(list(read_lines(texts.get(KEEPALIVED, ""), node.config_id, included)))
    except UsageError:  # keepalived's own messages say what is wrong
        return None


def _first(lines: Iterable[Line]) -> Unbalanced | None:
    open_blocks: list[Line] = []
    head: Line | None = None
    for line in lines:
        if line.words == ("{",):
            if head and open_blocks and head.words[0] in _OUTERMOST:
                return _unclosed(open_blocks[-1], f"when {_named(head)} begins at line {head.number}")
            open_blocks.append(head or line)
        elif line.words == ("}",):
            if not open_blocks:
                return Unbalanced(_path(line), line.number, "a } closes nothing.", "no } here, or a { before it")
            open_blocks.pop()
        head = line
    return _unclosed(open_blocks[0], "at the end of the file") if open_blocks else None


def _unclosed(block: Line, when: str) -> Unbalanced:
    said = f"{_named(block)} of line {block.number} is not closed {when}."
    return Unbalanced(_path(block), block.number, said, "a } where the block ends")


def _named(line: Line) -> str:
    return " ".join(line.words[:2])


def _path(line: Line) -> str:
    return KEEPALIVED if line.file == MAIN else line.file
