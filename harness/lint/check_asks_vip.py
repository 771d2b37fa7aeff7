"""A check that asks the address that moves, instead of its own node."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._checks import Check, checks
from harness.lint._frontends import vips
from harness.lint._lines import once
from harness.lint._pair import Member, Pair
from harness.lint._rule import Found, rule
from harness.lint._watched import is_watched

_LOOKS_FIRST: Final = re.compile(
    r"\bip\s+(?:-\S+\s+)*(?:a|addr|address|route|r)\b|\bifconfig\b|\bhostname\b|/proc/net|\bip\b.*\bgrep\b"
)
"""It asks only while the node has the address, as kubeadm's guide does."""
_LED = re.compile(r"--resolve\b|--connect-to\b|--interface\b")
"""curl connects to another address than the one of the URL."""


@rule("error", outage="HAProxy of the owner dies, and no node gets the address.", experiment="killed")
def check_asks_vip(pair: Pair) -> Iterator[Found]:
    """Only one node has the VIP: the check of the other one is answered over the network, by the owner's HAProxy. When
    that dies, the check fails on all nodes at once. Without a weight all go to FAULT, the address is on none, and there
    it stays: no node can answer any more. With a weight all are lowered alike, and nothing moves. A warning where
    the check has a weight and another one asks for HAProxy of its own node. Left out are scripts that first look
    whether the node has the address. Source: keepalived.conf(5), vrrp_script."""
    yield from once(found for router in pair.routers for member in router.members for found in _asking(pair, member))


def _asking(pair: Pair, member: Member) -> Iterator[Found]:
    for check in checks(member):
        asked = [ask.host for ask in check.asks if pair.site.hosts.get(ask.host, ask.host) in vips(pair)]
        if asked and len(asked) == len(check.asks) and not _judges_itself(member, check):
            yield _found(member, check, asked[0])


def _judges_itself(member: Member, check: Check) -> bool:
    words = check.script.command.replace("'", "").split()
    texts = [" ".join(words), *(file.text for word in words if (file := member.node.site.file(word)))]
    return any(_LOOKS_FIRST.search(text) or _LED.search(text) for text in texts)


def _found(member: Member, check: Check, host: str) -> Found:
    faults = check.tracker.faults
    effect = "goes to FAULT, and the address is on none" if faults else "is lowered alike, and the VIP stays"
    weaker = not faults and is_watched(member, check.name)
    return Found(
        check.place,
        f"The check {check.name} asks {host}, which is on one node only: elsewhere the owner's HAProxy answers. When "
        f"that dies, the check fails on every node: each {effect}.",
        "ask 127.0.0.1",
        "warning" if weaker else None,
    )
