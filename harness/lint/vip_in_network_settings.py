"""A VIP that the machine's own network settings give to a node."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from harness.lint._frontends import vips
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.model.keepalived import ADDRESS_OWNER
from harness.site.haproxy_bind import ip

_FILES: Final = re.compile(
    r"/etc/netplan/[^/]+\.yaml|/etc/network/interfaces(?:\.d/[^/]+)?|/etc/sysconfig/network-scripts/ifcfg-[^/]+"
    r"|/etc/systemd/network/[^/]+\.network(?:\.d/[^/]+)?|/etc/NetworkManager/system-connections/[^/]+"
)
_GIVES: Final = re.compile(
    r"(?:^\s*-\s*|[\[,]\s*)[\"']?(?P<yaml>[0-9a-fA-F.:]+)/\d+"
    r"|^\s*address\d*(?:\s+|\s*=\s*)(?P<address>[0-9a-fA-F.:]+)"
    r"|^\s*(?:IPADDR\d*|IPV6ADDR|Address)\s*=\s*[\"']?(?P<key>[0-9a-fA-F.:]+)"
    r"|\bip\s+(?:-\S+\s+)*a(?:ddr(?:ess)?)?\s+(?:add|replace)\s+(?P<command>[0-9a-fA-F.:]+)"
)


@rule(
    "warning",
    outage="Two machines have one address at once, after each boot or restart of the network.",
    experiment="none: it shows at the start",
)
def vip_in_network_settings(pair: Pair) -> Iterator[Found]:
    """keepalived alone decides which node has a VIP. If the network settings of a node have it too (netplan, ifupdown,
    ifcfg, networkd, NetworkManager), the node has it after each boot, whether it is master or not, and loses it again
    when keepalived starts there. An address owner, with priority 255, has it by right. A warning: the file may be out
    of use."""
    moved = {ip(each) for each in vips(pair)}
    every = ((node, each) for node in pair.nodes for each in _given(node) if ip(each[2]) not in _by_right(node))
    yield from once(_found(node, *each) for node, each in every if ip(each[2]) in moved)


def _by_right(node: PairNode) -> set[IPv4Address | IPv6Address | None]:
    """An address owner has the address from its settings (RFC 9568 section 6.1)."""
    owned = (each for each in node.running.instances if each.priority == ADDRESS_OWNER)
    return {ip(vip.address) for each in owned for vip in each.vips}


def _given(node: PairNode) -> Iterator[tuple[str, int, str]]:
    for file in (each for each in node.site.files if _FILES.fullmatch(each.path)):
        for number, text in enumerate(file.text.split("\n"), 1):
            for found in _GIVES.finditer(re.sub(r"(?:^|\s)#.*", "", text)):
                yield file.path, number, next(filter(None, found.groups()))


def _found(node: PairNode, path: str, line: int, address: str) -> Found:
    return Found(
        node.at_path(path, line),
        f"keepalived moves {address}, and {path} gives it to {node.name} for good: after each boot {node.name} has it, "
        "whether it is master or not.",
        f"{address} in keepalived.conf alone",
    )
