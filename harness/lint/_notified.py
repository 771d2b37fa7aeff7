"""What keepalived runs when a node's state changes: the lines notify… of instances and groups, and their scripts."""

import re
from collections.abc import Iterator, Sequence
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
_FUNCTION: Final = re.compile(r"\w[\w-]*\s*\(\s*\)|\bfunction\s")
_ENDS: Final = re.compile(r"\b(?:exit|return|exec)\b")
_ENDS_EARLY: Final = re.compile(rf"{_ENDS.pattern}(?!\s*\$?[\w?]*\s*;*\s*$)")
_UNSURE: Final = re.compile(rf"{_BRANCHES.pattern}|&&|\|\||{_ENDS_EARLY.pattern}")
_ALWAYS: Final = r"(?:logger|echo|printf|sleep|touch|rm|sync|true)\b"
_FIRST: Final = re.compile(rf"(?:^|[\n;])(?![ \t]*{_ALWAYS})[^\n;]*(?:&&|\|\|)[^\n;]*$")
"""A command before `&&` or `||` that may end either way."""
_HERE: Final = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?([^\n]*)\n.*?^\s*\1[ \t]*$", re.DOTALL | re.MULTILINE)
_ASSIGNS: Final = re.compile(r"(?:^|[;\n)]|\b(?:then|do|else|local|export|readonly)\b)\s*([A-Za-z_]\w*)=", re.MULTILINE)
_MOVES: Final = re.compile(r"\bshift\b|\bset\s+--|\$\{[1-9][^}]")


class Notified(NamedTuple):
    """`block`: the vrrp_instance or vrrp_sync_group. `line`: its line. `text`: the command, or the script's text.

    `filled`: the same with the arguments that its line gives to the script, and only the branches that they choose.
    `leaving`: the same when the node becomes backup, and when it is in FAULT; of `notify` keepalived adds the state.
    `open`: its variables or arguments change on the way, or it has functions, so what is run cannot be told.
    """

    block: Block
    line: Block
    text: str
    filled: str
    leaving: tuple[str, ...]
    open: bool

    @property
    def stops(self) -> bool:
        """Is there a command in it that stops HAProxy, and that may be run in that state?"""
        return any(map(STOPS.search, self.leaving))

    @property
    def is_plain(self) -> bool:
        """Is each command of it run, whatever it finds?"""
        return not self.open and not _UNSURE.search(self.filled)

    @property
    def surely_stops(self) -> bool:
        """Not where the script looks at what is not known first, nor where it starts HAProxy again."""
        return not self.open and any(map(_stops, self.leaving))


def notified(node: PairNode) -> Iterator[Notified]:
    for block in node.document.all("vrrp_instance", "vrrp_sync_group"):
        for line in block.body:
            if line.words[0].startswith("notify"):
                yield _notified(node, block, line)


def _notified(node: PairNode, block: Block, line: Block) -> Notified:
    raw = _HERE.sub(r"\2", text_of(node, _without_arguments(node, line.argument)))
    text = told(raw)
    if _is_open(raw):
        return Notified(block, line, text, text, (text,), open=True)
    filled = _filled(node, line, text)
    leaving = tuple(_filled(node, line, text, *_given(block, state)) for state in _LEAVING)
    return Notified(block, line, text, filled, leaving if line.words[0] == "notify" else (filled,), open=False)


def _is_open(raw: str) -> bool:
    names = _ASSIGNS.findall(raw)
    return len(names) > len(set(names)) or bool(_MOVES.search(raw) or _FUNCTION.search(raw))


def _stops(text: str) -> bool:
    """It does for sure, and does not start it again."""
    every = list(STOPS.finditer(text))
    sure = any(not _is_conditional(text[: found.start()]) for found in every)
    return sure and not STARTS.search(text, every[-1].end())


def _is_conditional(before: str) -> bool:
    """May the script leave, or look at something, before it comes to what follows?"""
    return bool(_BRANCHES.search(before) or _ENDS.search(before) or _FIRST.search(before))


def _given(block: Block, state: str) -> tuple[str, str, str]:
    """What keepalived adds to the command of `notify`: keepalived.conf(5)."""
    return ("GROUP" if block.words[0] == "vrrp_sync_group" else "INSTANCE", block.argument, state)


def _without_arguments(node: PairNode, command: str) -> str:
    words = words_of(command)
    script = _script(node, words)
    return " ".join(words[: script + 1]) if script < len(words) else command


def _script(node: PairNode, words: Sequence[str]) -> int:
    """Which word is a script of the site; their number if none is."""
    return next((position for position, word in enumerate(words) if node.site.file(word)), len(words))


def _filled(node: PairNode, line: Block, text: str, *more: str) -> str:
    """`text` with $1 and so on, as far as the line has arguments for the site's script that it runs."""
    words = [*words_of(line.argument), *more]  # behind it keepalived takes a user and a group
    given = dict(enumerate(words[_script(node, words) :]))
    return taken(re.sub(r"\$\{?([1-9])\}?", lambda found: given.get(int(found[1]), found[0]), text))
