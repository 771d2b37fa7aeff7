"""GLBP groups: whether their gateways and address can be on their segment, and each number and address once."""

from collections import Counter
from collections.abc import Iterator

from harness.model.glbp import GlbpGroup
from harness.model.rules.addresses import is_host, network_of
from harness.model.topology import Topology


def problems(topology: Topology) -> Iterator[str]:
    for group in topology.glbp.values():
        yield from _gateways(group, topology)
        yield from _address(group, topology)
    numbers = Counter((group.segment, group.number) for group in topology.glbp.values())
    for (segment, number), n in numbers.items():
        if n > 1:
            yield f"two GLBP groups of {segment} have the number {number}: give one of them another"
    yield from _devices(topology)


def _gateways(group: GlbpGroup, topology: Topology) -> Iterator[str]:
    on = [port.node for port in topology.ports.values() if port.segment == group.segment]
    fit = [node for node in on if topology.nodes[node].forwards]
    for node in [node for node in group.gateways if node not in fit]:
        valid = f"nodes of {group.segment} with forwards: {', '.join(fit) or 'none'}"
        yield f"the GLBP group {group.name} has the gateway {node!r}: valid are {valid}"
    if len(group.gateways) < 2:
        yield f"the GLBP group {group.name} has {len(group.gateways)} gateways: two or more are valid"


def _address(group: GlbpGroup, topology: Topology) -> Iterator[str]:
    """It is an address of no node and of no virtual router: GLBP alone answers for it."""
    network = network_of(topology.segments[group.segment])
    if network and not is_host(group.ip, network):
        yield f"the GLBP group {group.name} has the address {group.ip!r}: valid is an address of {network}"
    taken = {port.address: port.name for port in topology.ports.values()}
    taken |= {vip.address: f"the VIP of {vip.router.name}" for vip in topology.vips}
    taken |= {other.ip: f"the GLBP group {other.name}" for other in topology.glbp.values() if other != group}
    if group.ip in taken:
        yield f"the GLBP group {group.name} has the address {group.ip}, which {taken[group.ip]} has: give it another"


def _devices(topology: Topology) -> Iterator[str]:
    """Devices of one node are named by the group's number alone."""
    held = Counter((node, group.number) for group in topology.glbp.values() for node in group.gateways)
    for (node, number), n in held.items():
        if n > 1:
            yield f"{node} is in two GLBP groups of the number {number}: give one of them another"
