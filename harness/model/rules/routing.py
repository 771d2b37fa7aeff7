"""Routes, virtual routers and vantage points: whether the networks, nodes and VIPs that they name are there."""

from collections.abc import Iterator

from harness.model.node import Node
from harness.model.rules.addresses import is_host, network_of
from harness.model.topology import Topology, VantagePoint
from harness.model.virtual_router import VirtualRouter


def problems(topology: Topology) -> Iterator[str]:
    for node in topology.nodes.values():
        yield from _routes(node, topology)
    for router in topology.virtual_routers.values():
        yield from _router(router, topology)
    for vantage in topology.vantages.values():
        yield from _vantage(vantage, topology)


def _routes(node: Node, topology: Topology) -> Iterator[str]:
    own = [network for port in node.ports if (network := network_of(topology.segments.get(port.segment, "")))]
    for route in node.routes:
        if not network_of(route.to):
            yield f"{node.name} has a route to {route.to!r}: valid is an IPv4 network such as 10.88.1.0/24"
        if not any(is_host(route.via, network) for network in own):
            near = ", ".join(map(str, own)) or "none"
            yield f"{node.name} has a route to {route.to} via {route.via!r}: valid is an address of {near}"


def _router(router: VirtualRouter, topology: Topology) -> Iterator[str]:
    """What `harness.model.declared` cannot tell, since it knows no ports."""
    for vip in router.owned:
        network = network_of(topology.segments[vip.segment])
        if network and not is_host(vip.address, network):
            yield f"the virtual router {router.name} has the VIP {vip.address}: valid is an address of {network}"
        for name in [port.name for port in topology.ports.values() if port.address == vip.address]:
            yield f"the virtual router {router.name} has the VIP {vip.address}, which is {name}'s own address"
    for segment in dict.fromkeys([router.segment, *(vip.segment for vip in router.owned)]):
        fit = [node.name for node in topology.nodes.values() if node.kind == "balancer" and _is_on(node, segment)]
        for node in [node for node in router.nodes if node not in fit]:
            valid = f"balancers on {segment}: {', '.join(fit) or 'none'}"
            yield f"the virtual router {router.name} has the node {node!r}: valid are {valid}"


def _vantage(vantage: VantagePoint, topology: Topology) -> Iterator[str]:
    customers = [node.name for node in topology.nodes.values() if node.kind == "customer"]
    if vantage.node not in customers:
        yield f"the vantage point {vantage.node!r} is no customer: valid are {', '.join(customers) or 'none'}"
    segment = topology.vip_of(vantage).segment
    fit = [node.name for node in topology.nodes.values() if node.kind != "balancer" and _is_on(node, segment)]
    if vantage.cache not in fit:
        valid = f"on {segment}: {', '.join(fit) or 'none'}"
        yield f"the vantage point {vantage.node} has the cache {vantage.cache!r}: valid are those {valid}"


def _is_on(node: Node, segment: str) -> bool:
    return any(port.segment == segment for port in node.ports)
