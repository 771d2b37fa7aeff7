"""What keepalived runs when a node's state changes: the lines notify… of instances and groups, and their scripts."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.lint._asks import told
from harness.lint._commands import text_of
from harness.lint._pair import PairNode
from harness.model.keepalived import Block

_OPTIONS: Final = r"(?:-\S+\s+)*"
_NAME: Final = r"haproxy(?![\w-])"
STARTS: Final = re.compile(r"\b(?:re)?start\s+haproxy|\bhaproxy(?:\.service)?\s+(?:re)?start\b")
STOPS: Final = re.compile(
    rf"\bsystemctl\s+{_OPTIONS}(?:stop|kill|disable\s+--now|mask\s+--now)\s+{_OPTIONS}{_NAME}"
    r"|\b(?:service\s+|init\.d/|rc\.d/)haproxy\s+stop\b"
    rf"|\b(?:killall|pkill)\s+(?!-0\b|{_OPTIONS}-(?:USR[12]|HUP)\b)(?!-(?:USR[12]|HUP)\b){_OPTIONS}{_NAME}"
)


class Notified(NamedTuple):
    """`block`: the vrrp_instance or vrrp_sync_group. `line`: its line. `text`: the command, or the script's text."""

    block: Block
    line: Block
    text: str


def notified(node: PairNode) -> Iterator[Notified]:
    for block in node.document.all("vrrp_instance", "vrrp_sync_group"):
        for line in block.body:
            if line.words[0].startswith("notify"):
                yield Notified(block, line, told(text_of(node, " ".join(line.words[1:]))))
