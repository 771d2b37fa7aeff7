"""A node's firewall that lets no advert in."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.site import SiteFile

_NFT: Final = ("/etc/nftables.conf", "/etc/sysconfig/nftables.conf")
_IPTABLES: Final = ("/etc/iptables/rules.v4", "/etc/sysconfig/iptables")
_COMMENT: Final = re.compile(r"(?m)(?:^|(?<=\s))#.*$")
_HOOK: Final = re.compile(r"\bhook\s+input\b[^;]*;\s*policy\s+drop\b")
_VRRP: Final = re.compile(r"\bvrrp\b|\b112\b|\b224\.0\.0\.(?:18|0)\b", re.IGNORECASE)
_ELSEWHERE: Final = re.compile(r"\b(?:jump|goto|vmap|include)\b")
_WIDE: Final = re.compile(r"(?!.*\b(?:tcp|udp|icmp\w*|ct|dport|lo|127\.\S+|\"lo\")(?![\w.]))[^{}]*\baccept\b")
"""An address, a card or a class of frames is accepted, whatever the protocol."""
_INPUT_ENDS: Final = re.compile(r"(?m)^:INPUT DROP\b|^-A INPUT -j (?:DROP|REJECT)\b")
_INPUT_WIDE: Final = re.compile(r"-A INPUT (?!.*(?:-p |--protocol |-i lo\b|-s 127\.|--ctstate|--state)).*-j ACCEPT")
_INPUT_OTHER: Final = re.compile(r"-A INPUT\b.*-j (?!ACCEPT|DROP|REJECT|LOG|NFLOG)\S+")


@rule("warning", outage="Every node is master of the same address, for good.", experiment="vrrp_lost")
def firewall_drops_adverts(pair: Pair) -> Iterator[Found]:
    """Adverts are a protocol of their own, 112, and a list of accepted TCP ports lets none in: keepalived hears nobody
    and takes the address (keepalived #2458, #1487). Looked at are nftables.conf, and what iptables-save wrote to
    rules.v4, among the node's files: an input chain that drops the rest and names neither VRRP nor 112 nor 224.0.0.18,
    and accepts no address and no card as a whole. What goes on in other chains or files is not judged. A warning:
    other files may add rules."""
    yield from once(found for node in pair.nodes for found in _closed(node))


def _closed(node: PairNode) -> Iterator[Found]:
    for file in node.site.files:
        text = _COMMENT.sub("", file.text)
        number = _of_nft(text) if file.path in _NFT else _of_iptables(text) if file.path in _IPTABLES else 0
        if number and node.running.instances:
            yield _found(node, file, number)


def _of_nft(text: str) -> int:
    """The line of the hook of a chain that lets none in; 0 for none."""
    hook = _HOOK.search(text)
    if not hook or _ELSEWHERE.search(text) or _VRRP.search(text):
        return 0
    wide = any(_WIDE.fullmatch(line.strip()) for line in text.splitlines())
    return 0 if wide else text.count("\n", 0, hook.start()) + 1


def _of_iptables(text: str) -> int:
    end = _INPUT_ENDS.search(text)
    if not end or _VRRP.search(text) or _INPUT_WIDE.search(text) or _INPUT_OTHER.search(text):
        return 0
    return text.count("\n", 0, end.start()) + 1


def _found(node: PairNode, file: SiteFile, number: int) -> Found:
    nft = file.path in _NFT
    return Found(
        node.at_path(file.path, number),
        f"The firewall of {node.name} drops what no rule accepts, and no rule accepts adverts (protocol 112): the node "
        "hears no other, and is master.",
        "ip protocol vrrp accept" if nft else "-A INPUT -p 112 -j ACCEPT",
    )
