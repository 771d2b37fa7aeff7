"""Networks, addresses and MACs: each in its segment, each once, and no two networks overlap."""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv4Interface, IPv4Network, NetmaskValueError
from itertools import combinations
from typing import Final

from harness.model.node import Port
from harness.model.topology import Topology

_MAC: Final = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_VRRP: Final = "00:00:5e:00:01:"
_ODD: Final = "13579bdf"
SHORTEST: Final = 30
"""The longest prefix of a network that has room for two nodes."""


def problems(topology: Topology) -> Iterator[str]:
    networks = {name: network for name, cidr in topology.segments.items() if (network := network_of(cidr))}
    for name, cidr in topology.segments.items():
        if name not in networks:
            yield f"the segment {name} is {cidr!r}: valid is an IPv4 network such as 10.77.0.0/24, /{SHORTEST} at most"
    for (one, left), (other, right) in combinations(networks.items(), 2):
        if left.overlaps(right):
            yield f"the segments {one} ({left}) and {other} ({right}) overlap: give one of them another range"
    for port in topology.ports.values():
        if network := networks.get(port.segment):
            yield from _address(port, network)
        yield from _mac(port)
    yield from _twice(topology)


def network_of(cidr: str) -> IPv4Network | None:
    """None for a text that is no IPv4 network, or one without room."""
    try:
        network = IPv4Network(cidr)
    except (AddressValueError, NetmaskValueError, ValueError):
        return None
    return network if network.prefixlen <= SHORTEST else None  # without a length it is a host, /32


def is_host(address: str, network: IPv4Network) -> bool:
    """Is it one that a node in this network can have?"""
    try:
        ip = IPv4Address(address)
    except AddressValueError:
        return False
    return ip in network and ip not in (network.network_address, network.broadcast_address)


def _address(port: Port, network: IPv4Network) -> Iterator[str]:
    try:
        interface = IPv4Interface(port.ip)
    except (AddressValueError, NetmaskValueError, ValueError):
        yield f"{port.name} has the address {port.ip!r}: valid is one of {network} with /{network.prefixlen}"
        return
    if interface.network != network or not is_host(port.address, network):
        yield f"{port.name} has the address {port.ip}: valid is one of {network} with /{network.prefixlen}"


def _mac(port: Port) -> Iterator[str]:
    if not _MAC.fullmatch(port.mac):
        yield f"{port.name} has the MAC {port.mac!r}: valid is one such as 02:77:00:00:00:01, in lower case"
    elif port.mac[1] in _ODD:
        yield f"{port.name} has the MAC {port.mac}, a multicast address: valid is an even first byte, such as 02"
    elif port.mac.startswith(_VRRP):
        yield f"{port.name} has the MAC {port.mac}: those with {_VRRP} are of virtual routers"


def _twice(topology: Topology) -> Iterator[str]:
    macs: dict[str, str] = {}
    addresses: dict[tuple[str, str], str] = {}
    for port in topology.ports.values():
        if (first := macs.setdefault(port.mac, port.name)) != port.name:
            yield f"{first} and {port.name} have the same MAC {port.mac}: give one of them another"
        if (first := addresses.setdefault((port.segment, port.address), port.name)) != port.name:
            yield f"{first} and {port.name} have the same address {port.address}: give one of them another"
