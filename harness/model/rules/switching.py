"""Segments, switches, trunks and cables: whether the names that they use are there, and whether there is a loop."""

from collections.abc import Collection, Iterator

from harness.model.node import Port
from harness.model.topology import Topology


def problems(topology: Topology) -> Iterator[str]:
    for switch, segment in topology.switches.items():
        if segment not in topology.segments:
            yield f"the switch {switch} is on the segment {segment!r}: valid are {_list(topology.segments)}"
    for port in topology.ports.values():
        yield from _cable(port, topology)
    yield from _trunks(topology)


def _cable(port: Port, topology: Topology) -> Iterator[str]:
    if port.segment not in topology.segments:
        yield f"{port.node} has a port on the segment {port.segment!r}: valid are {_list(topology.segments)}"
        return
    valid = [switch for switch, segment in topology.switches.items() if segment == port.segment]
    if port.switch not in valid:
        yield f"{port.name} ends in the switch {port.switch!r}: valid, of its segment, are {_list(valid)}"


def _trunks(topology: Topology) -> Iterator[str]:
    """A switch has no spanning tree: with two ways between two switches a broadcast would circle for ever.

    A ring keeps one port blocked: the trunk of its alternate closes no loop.
    """
    idle = {ring.alternate.rpartition(".")[0] for ring in topology.rings.values()}
    islands = {switch: {switch} for switch in topology.switches}
    for trunk in topology.trunks.values():
        ends = [end for end in (trunk.a, trunk.b) if end not in topology.switches]
        if ends:
            yield f"the trunk {trunk.name} ends in {_list(ends)}: valid are {_list(topology.switches)}"
        elif topology.switches[trunk.a] != topology.switches[trunk.b]:
            both = f"{trunk.a} and {trunk.b}, which are on different segments"
            yield f"the trunk {trunk.name} joins {both}: valid are two of one segment"
        elif trunk.name in idle:
            continue
        elif trunk.b in islands[trunk.a]:
            loop = f"the trunk {trunk.name} is a second way between {trunk.a} and {trunk.b}, a loop"
            yield f"{loop}: remove one, or put both in rings"
        else:
            joined = islands[trunk.a] | islands[trunk.b]
            islands.update(dict.fromkeys(joined, joined))


def _list(names: Collection[str]) -> str:
    return ", ".join(names) or "none"
