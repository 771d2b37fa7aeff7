"""What a check asks, as far as its command and the site's own scripts tell."""

import re
from typing import Final, Literal

from harness.lint._pair import Member, PairNode
from harness.lint._trackers import Tracker, definition
from harness.model.errors import BadValue
from harness.model.keepalived import Block
from harness.model.node_check import words_of
from harness.model.running_keepalived import TrackScript
from harness.model.units import s

Asked = Literal["balancer", "network", "operator", "another process", "a file's syntax", "unknown"]
"""`balancer`: something of this node that may be HAProxy. `operator`: a file that an operator makes."""

_HAPROXY: Final = re.compile(r"hap", re.IGNORECASE)  # also HAProxy Enterprise's hapee-lb
_TESTED: Final = re.compile(r"\bhaproxy['\"]*\s[^|;&\n]*?(?<=\s)['\"]*-(?:c|v|vv)\b[^|;&\n]*")
"""It reads the file, or tells its version: the HAProxy that runs is not asked."""
_INSTALLED: Final = re.compile(
    r"\bsystemctl['\"]*\s[^|;&\n]*?\b(?:is-enabled|cat|list-unit-files)\b[^|;&\n]*"
    r"|(?<![-\w])(?:which|command\s+-v|type|dpkg\s+-[slLW]|dpkg-query\s+-\w+|rpm\s+-q\w*)\s"
    r"[^|;&\n)`]*haproxy[^|;&\n)`]*"
    r"|(?:\btest|\[)\s+-[efrsx]\s+['\"]?(?:/\S*/s?bin/haproxy|/etc/\S*haproxy\S*|\S*/haproxy\.service)['\"]?"
)
"""Whether it is installed or starts with the machine."""
_CONNECTS: Final = re.compile(
    r"curl|wget|\bn(et)?cat\b|\bnc\b|/dev/tcp|telnet|socat|\bss\b|netstat|lsof|https?:|127\.0\.0\.\d|localhost|::1"
    r"|openssl|python|perl|ruby|\bphp|mysql|psql|redis|mongo|ldapsearch|nmap|docker|podman|crictl|kubectl|nomad"
)
_PROCESSES: Final = re.compile(r"\b(pidof|pgrep|pkill|killall)\b")
NETWORK: Final = re.compile(r"\b(ping6?|fping|arping|traceroute|ethtool|mtr)\b|\bip (link|route|neigh)|/sys/class/net")
_SWITCHES: Final = ("test", "[", "ls", "stat")


def asks(member: Member, tracker: Tracker) -> Asked:
    """What cannot be told is ``unknown``: also a program that the site did not bring."""
    if tracker.kind == "process":
        found = (each.process for each in member.node.running.processes if each.name == tracker.name)
        return "another process" if not _HAPROXY.search(next(found, "hap")) else "balancer"
    if tracker.kind == "interface":
        return "network"
    script = script_of(member, tracker)
    return _asked(member.node, script.command) if script else "unknown"


def watches_haproxy(member: Member, tracker: Tracker) -> bool:
    """Does it fail when HAProxy is dead, as far as can be told?"""
    return tracker.kind in ("script", "process") and asks(member, tracker) in ("balancer", "unknown")


def script_of(member: Member, tracker: Tracker) -> TrackScript | None:
    """As keepalived runs it; as the file has it, if its program or its user was not handed over."""
    if tracker.kind != "script":
        return None
    found = (each for each in member.node.running.scripts if each.name == tracker.name)
    return next(found, None) or _as_written(definition(member, tracker))


def _as_written(block: Block | None) -> TrackScript | None:
    """None if a number of it is none: keepalived's message tells of it."""
    if block is None:
        return None
    try:
        return TrackScript(
            block.argument,
            block.last("script") or "",
            round(block.number(1, "interval") * s),
            round(block.number(0, "timeout") * s),
            int(block.number(0, "weight")),
            int(block.number(1, "rise")),
            int(block.number(1, "fall")),
            "",
        )
    except BadValue:
        return None


def program_of(command: str) -> str:
    """The first word; "" for none."""
    return (words_of(command) or [""])[0]


def text_of(node: PairNode, command: str) -> str:
    """The command; of a file that the site brought, what it holds, without comments, and not its name.

    Of a haproxy.cfg its name: it is no script.
    """
    words = ((word, None if word.endswith(".cfg") else node.site.file(word)) for word in words_of(command))
    return " ".join(re.sub(r"(?m)^\s*#.*$", "", file.text) if file else word for word, file in words)


def names_haproxy(text: str) -> bool:
    """By its name or a process, not by an address."""
    return bool(_HAPROXY.search(text) or _PROCESSES.search(text))


def _asked(node: PairNode, command: str) -> Asked:
    whole = text_of(node, command)
    text = _INSTALLED.sub("", _TESTED.sub("", whole))
    if _HAPROXY.search(text) or _CONNECTS.search(text):
        return "balancer"
    if _PROCESSES.search(text):
        return "another process"
    if NETWORK.search(text):
        return "network"
    if text != whole:
        return "a file's syntax"
    return "operator" if program_of(command).rpartition("/")[2] in _SWITCHES else "unknown"
