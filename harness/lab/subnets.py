"""Refuses a lab whose segments overlap Docker's networks on this engine: a node in both could not route."""

from collections.abc import Iterator
from ipaddress import IPv4Network, ip_network

import docker
import msgspec

from harness.model.errors import UsageError
from harness.model.topology import Topology


class _Range(msgspec.Struct):
    subnet: str = msgspec.field(name="Subnet", default="")


class _Addresses(msgspec.Struct):
    ranges: list[_Range] | None = msgspec.field(name="Config", default=None)


class _Network(msgspec.Struct):
    name: str = msgspec.field(name="Name")
    addresses: _Addresses = msgspec.field(name="IPAM")


def refuse_overlaps(client: docker.DockerClient, topology: Topology) -> None:
    """Raises `UsageError` naming each segment and the network of Docker's that it overlaps."""
    networks = msgspec.convert(client.api.networks(), list[_Network])
    ranges = [(network.name, each.subnet) for network in networks for each in network.addresses.ranges or ()]
    if found := list(overlaps(topology, ranges)):
        raise UsageError("\n".join(found))


def overlaps(topology: Topology, ranges: list[tuple[str, str]]) -> Iterator[str]:
    """`ranges`: name of a network of Docker's, and its range; an IPv6 range overlaps no segment."""
    for segment, cidr in topology.segments.items():
        for name, taken in ranges:
            other = ip_network(taken, strict=False) if taken else None
            if isinstance(other, IPv4Network) and other.overlaps(IPv4Network(cidr)):
                yield (
                    f"The segment {segment} ({cidr}) overlaps Docker's network {name} ({taken}) on this engine: "
                    "give the segment another range, or remove that network (docker network rm)."
                )
