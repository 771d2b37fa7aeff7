"""The lines by which a frontend judges requests, in a form in which those of two nodes can be compared."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import own_addresses
from harness.lint._pair import Pair, PairNode
from harness.site.haproxy_section import HaproxySection
from harness.site.haproxy_text import HaproxyLine

_JUDGING: Final = ("http-request", "tcp-request", "use_backend", "redirect")
_IDLE: Final = (
    "set-header",
    "add-header",
    "set-var",
    "set-log-level",
    "capture",
    "inspect-delay",
    "set-mark",
    "set-tos",
)
"""They refuse no request, and lead none elsewhere."""


def judged(pair: Pair, node: PairNode, frontend: HaproxySection) -> dict[str, HaproxyLine]:
    """What it does and on which condition → its line. An ACL's name stands for its own words.

    The node's name and addresses stand for those of any node, and so do the other's.
    """
    meanings = dict(_meanings(frontend))
    found: dict[str, HaproxyLine] = {}
    for line in frontend.lines:
        if line.words[0] in _JUDGING and not _is_idle(line):
            found.setdefault(_anywhere(pair, node, " ".join(_spelt(line, meanings))), line)
    return found


def _is_idle(line: HaproxyLine) -> bool:
    return any(line.word(position).partition("(")[0] in _IDLE for position in (1, 2))


def _meanings(frontend: HaproxySection) -> Iterator[tuple[str, str]]:
    """An ACL of several lines holds if any of them does."""
    lines: dict[str, list[str]] = {}
    for line in frontend.all("acl"):
        lines.setdefault(line.word(1), []).append(" ".join(line.words[2:]))
    return ((name, f"({' or '.join(sorted(every))})") for name, every in lines.items())


def _spelt(line: HaproxyLine, meanings: dict[str, str]) -> Iterator[str]:
    for word in line.words:
        name = word.removeprefix("!")
        yield word.replace(name, meanings[name]) if name in meanings else word


def _anywhere(pair: Pair, node: PairNode, text: str) -> str:
    for other in pair.nodes:
        whose = "@own" if other is node else "@other"
        for name in (other.name, *sorted(own_addresses(other), key=len, reverse=True)):
            text = re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w]|\.\d)", whose, text)
    return text
