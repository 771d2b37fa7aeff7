"""Which routes of a node can be set: the kernel takes no route whose gateway is on no card's own network."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Interface

from harness.model.node import Port, Route


def through(routes: Iterable[Route], ports: Iterable[Port]) -> list[Route]:
    """Those whose gateway lies on the network of one of these ports."""
    networks = [IPv4Interface(port.ip).network for port in ports]
    return [route for route in routes if any(IPv4Address(route.via) in network for network in networks)]
