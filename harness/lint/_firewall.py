"""Firewalls of nodes that drop what no rule accepts, as far as one file tells: nftables.conf, rules.v4 of iptables."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.lint._pair import PairNode

_NFT: Final = ("/etc/nftables.conf", "/etc/sysconfig/nftables.conf")
_IPTABLES: Final = ("/etc/iptables/rules.v4", "/etc/sysconfig/iptables")
_COMMENT: Final = re.compile(r"(?m)(?:^|(?<=\s))#.*$")
_HOOK: Final = re.compile(r"\bhook\s+input\b[^;]*;\s*policy\s+drop\b")
_ELSEWHERE: Final = re.compile(r"\b(?:jump|goto|vmap|include)\b")
_WIDE: Final = re.compile(r"(?!.*\b(?:tcp|udp|icmp\w*|ct|dport|lo|127\.\S+|\"lo\")(?![\w.]))[^{}]*\baccept\b")
"""An address, a card or a class of frames is accepted, whatever the protocol."""
_INPUT_ENDS: Final = re.compile(r"(?m)^:INPUT DROP\b|^-A INPUT -j (?:DROP|REJECT)\b")
_INPUT_REST: Final = re.compile(r"(?m)^-A INPUT -j (?:DROP|REJECT)\b.*$")
_INPUT_WIDE: Final = re.compile(r"-A INPUT (?!.*(?:-p |--protocol |-i lo\b|-s 127\.|--ctstate|--state)).*-j ACCEPT")
_INPUT_OTHER: Final = re.compile(r"-A INPUT\b.*-j (?!ACCEPT|DROP|REJECT|LOG|NFLOG)\S+")
VRRP: Final = re.compile(r"\bvrrp\b|\b112\b|\b224\.0\.0\.(?:18|0)\b", re.IGNORECASE)


class Closed(NamedTuple):
    """`text`: without comments, and of iptables without what is never asked. `line`: of what drops the rest.

    `nft`: else it is of iptables.
    """

    path: str
    text: str
    line: int
    nft: bool


def closed(node: PairNode) -> Iterator[Closed]:
    """Its files that accept no address and no card as a whole, and whose rules are all in one chain."""
    for file in node.site.files:
        nft = file.path in _NFT
        text = _COMMENT.sub("", file.text) if nft else _reached(_COMMENT.sub("", file.text))
        number = _of_nft(text) if nft else _of_iptables(text) if file.path in _IPTABLES else 0
        if number:
            yield Closed(file.path, text, number, nft)


def _reached(text: str) -> str:
    """Rules of iptables behind the one that drops all are never asked."""
    end = _INPUT_REST.search(text)
    return text[: end.end()] if end else text


def _of_nft(text: str) -> int:
    """The line of the hook of a chain that drops the rest; 0 for none."""
    hook = _HOOK.search(text)
    if not hook or _ELSEWHERE.search(text):
        return 0
    wide = any(_WIDE.fullmatch(line.strip()) and not VRRP.search(line) for line in text.splitlines())
    return 0 if wide else text.count("\n", 0, hook.start()) + 1


def _of_iptables(text: str) -> int:
    end = _INPUT_ENDS.search(text)
    if not end or _INPUT_WIDE.search(text) or _INPUT_OTHER.search(text):
        return 0
    return text.count("\n", 0, end.start()) + 1
