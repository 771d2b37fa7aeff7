"""Routes, virtual routers and vantage points: whether what each leads to, is run by and asks for is there."""

from collections.abc import Iterator

from harness.model.rules.addresses import is_host, network_of
from harness.model.topology import Node, Pair, Topology, VantagePoint


def problems(topology: Topology) -> Iterator[str]:
    for node in topology.nodes.values():
        yield from _routes(node, topology)
    for pair in topology.pairs.values():
        yield from _pair(pair, topology)
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


def _pair(pair: Pair, topology: Topology) -> Iterator[str]:
    network = network_of(topology.segments.get(pair.segment, ""))
    if network is None:
        yield f"the pair {pair.name} is on the segment {pair.segment!r}: valid are {', '.join(topology.segments)}"
    elif not is_host(pair.vip, network):
        yield f"the pair {pair.name} has the VIP {pair.vip!r}: valid is an address of {network}"
    if not 1 <= pair.vrid <= 255:
        yield f"the pair {pair.name} has the VRID {pair.vrid}: valid are 1 to 255"
    taken = [port.name for port in topology.ports.values() if port.address == pair.vip]
    yield from (f"the pair {pair.name} has the VIP {pair.vip}, which is {name}'s own address" for name in taken)
    fit = [node.name for node in topology.nodes.values() if node.kind == "balancer" and _is_on(node, pair.segment)]
    for node in [node for node in pair.nodes if node not in fit]:
        yield f"the pair {pair.name} has the node {node!r}: valid are balancers on {pair.segment}: {', '.join(fit)}"


def _vantage(vantage: VantagePoint, topology: Topology) -> Iterator[str]:
    pair = topology.pairs.get(vantage.pair)
    customers = [node.name for node in topology.nodes.values() if node.kind == "customer"]
    if vantage.node not in customers:
        yield f"the vantage point {vantage.node!r} is no customer: valid are {', '.join(customers) or 'none'}"
    if pair is None:
        yield f"the vantage point {vantage.node} asks {vantage.pair!r}: valid are {', '.join(topology.pairs) or 'none'}"
        return
    fit = [node.name for node in topology.nodes.values() if node.kind != "balancer" and _is_on(node, pair.segment)]
    if vantage.cache not in fit:
        valid = f"on {pair.segment}: {', '.join(fit) or 'none'}"
        yield f"the vantage point {vantage.node} has the cache {vantage.cache!r}: valid are those {valid}"


def _is_on(node: Node, segment: str) -> bool:
    return any(port.segment == segment for port in node.ports)
