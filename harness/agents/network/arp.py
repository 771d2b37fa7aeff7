"""What an operator does to ARP caches: forget what was learnt; announce where a VIP lives."""

import socket
from typing import Final

from harness.agents.network.namespace import inside
from harness.agents.network.wiring import Cabled
from harness.model.errors import AgentError
from harness.model.topology import Node, Pair

_NUD_NOARP, _NUD_PERMANENT = 0x40, 0x80
_ARP_REQUEST: Final = bytes.fromhex("08060001080006040001")  # EtherType, Ethernet, IPv4, lengths 6 and 4, request
_BROADCAST: Final = b"\xff" * 6
REPEAT: Final = 5  # keepalived's garp_master_repeat


def flush(cabled: Cabled, node: Node, ip: str | None) -> None:
    """Every learnt neighbour on the node's data ports; never a PERMANENT one, nothing of the management network."""
    data = {index for port in node.ports for index in cabled.ip.link_lookup(ifname=port.device)}
    for entry in cabled.ip.get_neighbours(family=socket.AF_INET):
        address = entry.get_attr("NDA_DST")
        learnt = entry["ifindex"] in data and not entry["state"] & (_NUD_NOARP | _NUD_PERMANENT)
        if learnt and ip in (None, address):
            cabled.ip.neigh("del", ifindex=entry["ifindex"], dst=address)


def announce(pair: Pair, nodes: dict[str, Cabled]) -> None:
    """Gratuitous ARP (RFC 5227 section 3) from every holder of the VIP, the preferred master last.

    Raises `AgentError` if nobody holds it.
    """
    wired = [nodes[name] for name in reversed(pair.nodes) if name in nodes]
    holders = [(cabled, index) for cabled in wired for index in _holds(cabled, pair)]
    if not holders:
        raise AgentError(f"{pair.vip} ({pair.name}): no node holds it now.")
    for cabled, index in holders:
        _send(cabled, index, pair.vip)


def gratuitous(mac: bytes, vip: str) -> bytes:
    """Broadcast ARP request, sender IP = target IP: keepalived's form."""
    address = socket.inet_aton(vip)
    return _BROADCAST + mac + _ARP_REQUEST + mac + address + bytes(6) + address


def _holds(cabled: Cabled, pair: Pair) -> list[int]:
    """The devices (indexes) of a node that carry the VIP: one or none."""
    addresses = cabled.ip.get_addr(family=socket.AF_INET)
    return [entry["index"] for entry in addresses if entry.get_attr("IFA_LOCAL") == pair.vip]


def _send(cabled: Cabled, index: int, vip: str) -> None:
    (link,) = cabled.ip.get_links(index)
    mac = bytes.fromhex(link.get_attr("IFLA_ADDRESS").replace(":", ""))
    with inside(cabled.namespace):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    with sock:
        for _ in range(REPEAT):
            sock.sendto(gratuitous(mac, vip), (link.get_attr("IFLA_IFNAME"), 0x0806))
