"""What keepalived runs when a node's state changes: the lines notify… of instances and groups, and their scripts."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.lint._asks import told
from harness.lint._commands import text_of
from harness.lint._pair import PairNode
from harness.lint._taken import taken
from harness.model.keepalived import Block
from harness.model.node_check import words_of

_OPTIONS: Final = r"(?:-\S+\s+)*"
_NAME: Final = r"haproxy(?![\w@-])"
_KEEPALIVED: Final = r"keepalived(?![\w@/-])"
_KILL_OPTIONS: Final = r"(?:-s\s+[A-Z0-9]\w*\s+|-\S+\s+)*"
_NO_STOP: Final = rf"{_KILL_OPTIONS}-(?:s\s+|-signal[\s=])?(?:SIG)?(?:USR2|HUP|0|1|12)\b"
"""Signals that end no HAProxy. USR1 does, softly."""
STARTS: Final = re.compile(r"\b(?:re)?start\s+haproxy|\bhaproxy(?:\.service)?\s+(?:re)?start\b")
STOPS: Final = re.compile(
    rf"\bsystemctl\s+{_OPTIONS}(?:stop|kill|disable\s+--now|mask\s+--now)\s+{_OPTIONS}{_NAME}"
    r"|\b(?:service\s+|init\.d/|rc\.d/)haproxy\s+stop\b"
    rf"|\b(?:killall|pkill)\s+(?!{_NO_STOP}){_KILL_OPTIONS}{_NAME}"
)
_UNIT_ENDED: Final = r"stop|kill(?!\s[^;|&\n]*(?:HUP|USR[12]))|(?:try-)?restart|disable\s+--now"
ENDS_KEEPALIVED: Final = re.compile(
    rf"\bsystemctl\s+{_OPTIONS}(?:{_UNIT_ENDED})\s+{_OPTIONS}{_KEEPALIVED}"
    r"|\b(?:service\s+|init\.d/|rc\.d/)keepalived\s+(?:stop|restart)\b"
    rf"|\b(?:killall|pkill)\s+(?:(?:-s\s+)?-?(?:SIG)?(?:TERM|KILL|15|9)\s+|-[xefq]+\s+)*{_KEEPALIVED}"
)
CARD_DOWN: Final = re.compile(
    r"\bip\s+(?:-\S+\s+)*l(?:ink?)?\s+set\s+(?:dev\s+)?(?P<ip>[\w.-]+)\s+down\b"
    r"|\bifconfig\s+(?P<ifconfig>[\w.-]+)\s+down\b|\bifdown\s+(?:-\S+\s+)*(?P<ifdown>[\w.-]+)"
)
_LEAVING: Final = ("BACKUP", "FAULT")
_BRANCHES: Final = re.compile(r"\$\{?[\d@*#]|\b(?:case|if)\b")


_CONDITIONAL: Final = re.compile(rf"{_BRANCHES.pattern}|(?:&&|\|\|)[^\n]*haproxy")


class Notified(NamedTuple):
    """`block`: the vrrp_instance or vrrp_sync_group. `line`: its line. `text`: the command, or the script's text.

    `filled`: the same with the arguments that its line gives to the script, and only the branches that they choose.
    `leaving`: the same when the node becomes backup, and when it is in FAULT; of `notify` keepalived adds the state.
    """

    block: Block
    line: Block
    text: str
    filled: str
    leaving: tuple[str, ...]

    @property
    def stops(self) -> bool:
        """Is there a command in it that stops HAProxy, and that may be run in that state?"""
        return any(map(STOPS.search, self.leaving))

    @property
    def is_plain(self) -> bool:
        """Is each command of it run, whatever it finds?"""
        return not _BRANCHES.search(self.filled) and not re.search(r"&&|\|\|", self.filled)

    @property
    def surely_stops(self) -> bool:
        """Not where the script looks at what is not known first, nor where it starts HAProxy again."""
        by_itself = STOPS.search(" ".join(self.line.words[1:])) is not None
        return any(_stops(text) and (by_itself or not _CONDITIONAL.search(text)) for text in self.leaving)


def notified(node: PairNode) -> Iterator[Notified]:
    for block in node.document.all("vrrp_instance", "vrrp_sync_group"):
        for line in block.body:
            if line.words[0].startswith("notify"):
                text = told(text_of(node, " ".join(line.words[1:])))
                filled = _filled(node, line, text)
                leaving = tuple(_filled(node, line, text, *_given(block, state)) for state in _LEAVING)
                yield Notified(block, line, text, filled, leaving if line.words[0] == "notify" else (filled,))


def _stops(text: str) -> bool:
    ends = [found.end() for found in STOPS.finditer(text)]
    return bool(ends) and not STARTS.search(text, ends[-1])


def _given(block: Block, state: str) -> tuple[str, str, str]:
    """What keepalived adds to the command of `notify`: keepalived.conf(5)."""
    return ("GROUP" if block.words[0] == "vrrp_sync_group" else "INSTANCE", block.argument, state)


def _filled(node: PairNode, line: Block, text: str, *more: str) -> str:
    """`text` with $1 and so on, as far as the line has arguments for the site's script that it runs."""
    words = [*words_of(" ".join(line.words[1:])), *more]
    script = next((position for position, word in enumerate(words) if node.site.file(word)), len(words))
    given = dict(enumerate(words[script:]))
    return taken(re.sub(r"\$\{?([1-9])\}?", lambda found: given.get(int(found[1]), found[0]), text))
