"""Changes of ARP caches: flush what was learnt, pin an entry, announce the owner of a VIP."""

import socket
from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.agents.network.frames import gratuitous
from harness.agents.network.namespace import inside
from harness.agents.network.netlink import neighbour
from harness.agents.network.wiring import Cabled
from harness.model.errors import AgentError
from harness.model.node import Node
from harness.model.virtual_router import Vip, VirtualRouter

_NUD_STALE, _NUD_NOARP, _NUD_PERMANENT = 0x04, 0x40, 0x80
REPEAT: Final = 5  # keepalived's garp_master_repeat


class Entry(NamedTuple):
    """One neighbour of a node; `device`: its interface's index; `mac` "": unknown. `state`: NUD_* bits."""

    device: int
    ip: str
    mac: str
    state: int


def flush(cabled: Cabled, node: Node, ip: str | None) -> None:
    """Every learnt neighbour on the node's data ports; never a PERMANENT one, nor one of the management network."""
    data = {index for port in node.ports for index in cabled.ip.link_lookup(ifname=port.device)}
    for entry in _entries(cabled):
        if entry.device in data and not entry.state & _NUD_PERMANENT and ip in (None, entry.ip):
            cabled.ip.neigh("del", ifindex=entry.device, dst=entry.ip)


def learnt(cabled: Cabled, node: Node, ip: str) -> Entry:
    """The node's entry for `ip`. Raises `AgentError` if it has no MAC address or is PERMANENT already."""
    entry = next((entry for entry in _entries(cabled) if entry.ip == ip and entry.mac), None)
    if entry is None:
        raise AgentError(f"{node.name} has no ARP entry for {ip}.")
    if entry.state & _NUD_PERMANENT:
        raise AgentError(f"{node.name}'s ARP entry for {ip} is PERMANENT already.")
    return entry


def pin(cabled: Cabled, entry: Entry) -> None:
    """Makes the entry PERMANENT with its present MAC address: the kernel then accepts no ARP for it."""
    cabled.netlink.request(neighbour(entry.device, entry.ip, entry.mac, _NUD_PERMANENT))


def unpin(cabled: Cabled, ip: str, mac: str) -> None:
    """Makes the entry STALE: used, and open to ARP again. Only if it still is what `pin` made it."""
    for entry in _entries(cabled):
        if entry.ip == ip and entry.mac == mac and entry.state & _NUD_PERMANENT:
            cabled.netlink.request(neighbour(entry.device, ip, mac, _NUD_STALE))


def _entries(cabled: Cabled) -> Iterator[Entry]:
    for entry in cabled.ip.get_neighbours(family=socket.AF_INET):
        if not entry["state"] & _NUD_NOARP:
            yield Entry(entry["ifindex"], entry.get_attr("NDA_DST"), entry.get_attr("NDA_LLADDR") or "", entry["state"])


def announce(router: VirtualRouter, nodes: dict[str, Cabled]) -> None:
    """Gratuitous ARP (RFC 5227 section 3) for each VIP from each owner; the node that is listed first sends last.

    Raises `AgentError` if no node has a VIP.
    """
    wired = [nodes[name] for name in reversed(router.nodes) if name in nodes]
    owners = [(node, index, vip.address) for vip in router.vips for node in wired for index in _devices_with(node, vip)]
    if not owners:
        raise AgentError(f"{', '.join(vip.address for vip in router.vips)} ({router.name}): no node has it now.")
    for cabled, index, address in owners:
        _send(cabled, index, address)


def _devices_with(cabled: Cabled, vip: Vip) -> list[int]:
    """The devices (indexes) of a node that have the VIP as an address: one or none."""
    addresses = cabled.ip.get_addr(family=socket.AF_INET)
    return [entry["index"] for entry in addresses if entry.get_attr("IFA_LOCAL") == vip.address]


def _send(cabled: Cabled, index: int, vip: str) -> None:
    (link,) = cabled.ip.get_links(index)
    mac = bytes.fromhex(link.get_attr("IFLA_ADDRESS").replace(":", ""))
    with inside(cabled.namespace):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    with sock:
        for _ in range(REPEAT):
            sock.sendto(gratuitous(mac, vip), (link.get_attr("IFLA_IFNAME"), 0x0806))
