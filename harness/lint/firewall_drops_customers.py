"""A node's firewall that lets adverts in, and not the customers."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._firewall import VRRP, Closed, closed
from harness.lint._frontends import customers, vips
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_bind import binds

_NFT: Final = re.compile(r"\btcp\s+dport\s+(?:\{([^}]*)\}|(\S+))[^\n]*?\baccept\b")
_IPTABLES: Final = re.compile(r"(?m)^-A INPUT\b.*--d(?:ports|port)\s+(\S+)().*-j ACCEPT")
_UNREAD: Final = re.compile(r"\bth\s+dport\b|dport\s+@|dport\s*!=|\$\w|\bdport\s+vmap|--match-set|!\s+--dport")
_NAMES: Final = {"http": 80, "https": 443, "ssh": 22, "http-alt": 8080, "domain": 53, "mysql": 3306}
_RANGE: Final = re.compile(r"(\d+)(?:[-:](\d+))?")


@rule("warning", outage="After a takeover the customers of that port are refused.", experiment="power_cut")
def firewall_drops_customers(pair: Pair) -> Iterator[Found]:
    """A port was opened on one node and forgotten on the other, or given to HAProxy and never to the firewall. Looked
    at are the same files as by firewall-drops-adverts, and the ports at which frontends with servers take a VIP. A file
    with sets, variables or names of services that are not known here is not judged. A warning: other files may add
    rules."""
    yield from once(found for node in pair.nodes for each in closed(node) for found in _refused(pair, node, each))


def _refused(pair: Pair, node: PairNode, firewall: Closed) -> Iterator[Found]:
    opened = _opened(firewall)
    missing = [each for each in _asked(pair, node) if opened and not any(low <= each <= high for low, high in opened)]
    if missing and VRRP.search(firewall.text):
        ports = ", ".join(map(str, missing))
        yield Found(
            node.at_path(firewall.path, firewall.line),
            f"The firewall of {node.name} drops what no rule accepts, and no rule accepts TCP port {ports}, at which "
            "HAProxy takes customers of a VIP.",
            f"tcp dport {missing[0]} accept" if firewall.nft else f"-A INPUT -p tcp --dport {missing[0]} -j ACCEPT",
        )


def _asked(pair: Pair, node: PairNode) -> list[int]:
    every = [bind for frontend in customers(node) for bind in binds(frontend) if not bind.address.socket]
    taken = [bind.address.ports for bind in every if any(bind.covers(vip) for vip in vips(pair))]
    return sorted({first for first, last in taken if first and first == last})


def _opened(firewall: Closed) -> list[tuple[int, int]]:
    """First and last port; empty if any of it cannot be read."""
    if _UNREAD.search(firewall.text):
        return []
    lists = [one or other for one, other in (_NFT if firewall.nft else _IPTABLES).findall(firewall.text)]
    words = [word for each in lists for word in re.split(r"[\s,]+", each) if word]
    found = [_range(word) for word in words]
    return [] if (0, 0) in found else found


def _range(word: str) -> tuple[int, int]:
    if word in _NAMES:
        return _NAMES[word], _NAMES[word]
    read = _RANGE.fullmatch(word)
    return (int(read[1]), int(read[2] or read[1])) if read else (0, 0)
