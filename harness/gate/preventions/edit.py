"""One edit of a file in a node, and a node with its edits. The site's own files stay as they are."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from msgspec.structs import replace

from harness.model.prevention import Change
from harness.site.site import SiteNode

COMMENT: Final = re.compile(r"[!#].*")


class Edit(NamedTuple):
    """`line`: from 1. `replaces` it; else `text` comes behind it. An empty `text` leaves an empty line."""

    path: str
    line: int
    text: tuple[str, ...]
    replaces: bool = False


def edited(node: SiteNode, edits: Iterable[Edit]) -> SiteNode:
    """The node with changed copies of its files."""
    last_first = sorted(edits, key=lambda each: (each.path, each.line), reverse=True)  # lines above keep their numbers
    for edit in last_first:
        node = _edited(node, edit)
    return node


def _edited(node: SiteNode, edit: Edit) -> SiteNode:
    file = node.file(edit.path)
    assert file is not None, f"{edit.path} was read"
    lines = file.content.split(b"\n")
    begin = edit.line - 1 if edit.replaces else edit.line
    new = [each.encode() for each in edit.text] or ([b""] if edit.replaces else [])
    lines[begin : edit.line] = new
    changed = replace(file, content=b"\n".join(lines))
    return replace(node, files=tuple(changed if each.path == edit.path else each for each in node.files))


def change(node: SiteNode, edit: Edit) -> Change:
    """For people; of one node."""
    file = node.file(edit.path)
    assert file is not None, f"{edit.path} was read"
    was = COMMENT.sub("", file.text.split("\n")[edit.line - 1]).strip() if edit.replaces else ""
    return Change(file.source, edit.line, " ".join(filter(None, map(str.strip, edit.text))), was, (node.name,))
