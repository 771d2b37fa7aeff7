"""Where a setting goes in a keepalived.conf: a line of its own, behind the head of its block or instead of a line.

None where a file is written so that no line of it can be changed safely: a block in one line, two keywords in a line.
"""

from typing import Final

from harness.gate.preventions.edit import COMMENT, Edit
from harness.lint import PairNode
from harness.model.keepalived import Block
from harness.model.keepalived_text import MAIN
from harness.site.site import KEEPALIVED

_INDENT: Final = "    "


def path_of(block: Block) -> str:
    return KEEPALIVED if block.file == MAIN else block.file


def plain(node: PairNode, block: Block, number: int) -> str:
    """A line of the block's file without its comment; "" if there is none."""
    file = node.site.file(path_of(block))
    lines = file.text.split("\n") if file else []
    return COMMENT.sub("", lines[number - 1]).strip() if 0 < number <= len(lines) else ""


def inside(node: PairNode, block: Block | None, *text: str) -> Edit | None:
    """`text` as the first lines of the block."""
    if block is None or not block.line:
        return None
    head = plain(node, block, block.line)
    if head.endswith("{") and head.count("{") == 1:
        return Edit(path_of(block), block.line, _indented(text))
    if "{" not in head and plain(node, block, block.line + 1) == "{":
        return Edit(path_of(block), block.line + 1, _indented(text))
    return None


def before(block: Block, *text: str) -> Edit:
    """`text` before the head of the block."""
    return Edit(path_of(block), block.line - 1, text)


def instead(node: PairNode, line: Block | None, text: str) -> Edit | None:
    """The line is replaced; an empty `text` leaves it out."""
    if line is None or not line.line or line.body:
        return None
    old = plain(node, line, line.line)
    if not old.startswith((line.words[0], f'"{line.words[0]}"')) or "{" in old or "}" in old:
        return None
    return Edit(path_of(line), line.line, (_INDENT + text,) if text else (), replaces=True)


def setting(node: PairNode, block: Block | None, keyword: str, value: str = "") -> Edit | None:
    """``keyword value`` in the block: instead of its line if it has one, else as its first line."""
    text = f"{keyword} {value}".strip()
    line = block.find(keyword) if block else None
    return instead(node, line, text) if line else inside(node, block, text)


def of_globals(node: PairNode, keyword: str, value: str) -> Edit | None:
    """The same in global_defs; they are made if there are none."""
    blocks = list(node.document.all("global_defs"))
    line = next((found for block in reversed(blocks) if (found := block.find(keyword))), None)
    if line:
        return instead(node, line, f"{keyword} {value}")
    if blocks:
        return inside(node, blocks[-1], f"{keyword} {value}")
    return Edit(KEEPALIVED, 0, ("global_defs {", f"{_INDENT}{keyword} {value}", "}")) if node.document.body else None


def _indented(text: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_INDENT + each for each in text)
