"""Names of nodes, switches, trunks, segments and devices: those that kernel and containers accept."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from harness.model.node import Node, Port
from harness.model.topology import Topology

KINDS: Final = ("balancer", "gateway", "customer", "api", "database", "report", "servers")
TAKEN: Final = ("load-master", "network-agent", "service-agent")
"""Services that every lab has beside its nodes."""

DEVICE_LENGTH: Final = 15  # IFNAMSIZ without its final zero
_NAME: Final = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
_NAME_IS: Final = "lower-case letters, digits and hyphens, a letter first and no hyphen last"
_DEVICE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_MANAGEMENT: Final = re.compile(r"eth\d+")
_KERNELS: Final = ("lo", "all", "default")  # of the kernel: the loopback device, and folders of its settings


def problems(topology: Topology) -> Iterator[str]:
    for kind, found in _kinds(topology).items():
        yield from (f"{name!r} is no name of a {kind}: valid are {_NAME_IS}" for name in found if not is_name(name))
    yield from _twice(topology)
    yield from _too_long(topology)
    for node in topology.nodes.values():
        yield from _of_node(node)
        yield from _devices(node)


def is_name(name: str) -> bool:
    """May a node, a switch, a trunk, a segment, a virtual router have it?"""
    return bool(_NAME.fullmatch(name))


def _kinds(topology: Topology) -> dict[str, Iterable[str]]:
    return {
        "node": topology.nodes,
        "switch": topology.switches,
        "trunk": topology.trunks,
        "segment": topology.segments,
        "virtual router": topology.virtual_routers,
    }


def _twice(topology: Topology) -> Iterator[str]:
    """Faults have one namespace for all three kinds, and so has the kernel in the switches' network namespace."""
    every = Counter([*topology.nodes, *topology.switches, *topology.trunks])
    yield from (f"{name!r} names two of the nodes, switches and trunks: rename one of them" for name in _more(every))


def _too_long(topology: Topology) -> Iterator[str]:
    """As devices, in the switches' namespace: a node's name with ``.0`` behind it, a trunk's with ``.a``."""
    nodes = [(f"node {port.node!r}", port.tap, len(port.node)) for port in topology.ports.values()]
    trunks = [(f"trunk {trunk.name!r}", trunk.end_a, len(trunk.name)) for trunk in topology.trunks.values()]
    switches = [(f"switch {switch!r}", switch, len(switch)) for switch in topology.switches]
    for what, device, length in dict.fromkeys([*nodes, *trunks, *switches]):
        if (over := len(device) - DEVICE_LENGTH) > 0:
            yield f"the name of the {what} has {length} characters: {length - over} at most, for the device {device}"


def _of_node(node: Node) -> Iterator[str]:
    if node.kind not in KINDS:
        yield f"{node.name} is of the kind {node.kind!r}: valid are {', '.join(KINDS)}"
    if node.name in TAKEN:
        yield f"the name {node.name!r} belongs to a service of every lab: rename the node"
    if not node.ports:
        yield f"{node.name} has no port: a node needs at least one"
    segments = Counter(port.segment for port in node.ports)
    yield from (f"{node.name} has two ports on the segment {each}: at most one is valid" for each in _more(segments))


def _more(counted: Counter[str]) -> list[str]:
    """Those that occur more than once."""
    return [each for each, n in counted.items() if n > 1]


def _devices(node: Node) -> Iterator[str]:
    yield from (_device(node, port) for port in node.ports if not _is_device(node, port.device))
    for device in _more(Counter(node.devices)):
        yield f"{node.name} has two ports of the device {device!r}: rename one of them"


def _is_device(node: Node, device: str) -> bool:
    form = _DEVICE.fullmatch(device) and len(device) <= DEVICE_LENGTH and device not in _KERNELS
    return bool(form) and not (node.managed and _MANAGEMENT.fullmatch(device))


def _device(node: Node, port: Port) -> str:
    valid = f"1 to {DEVICE_LENGTH} letters, digits, '.', '_', '-', a letter first, and not {', '.join(_KERNELS)}"
    docker = f"; nor eth0, eth1, …, which Docker gives a {node.kind}" if node.managed else ""
    return f"{port.name} has the device {port.device!r}: valid are {valid}{docker}"
