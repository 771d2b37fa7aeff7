"""Where a frame goes: forwarding tables, hop by hop, over trunks. Pure, over one instant's tables.

This is where switches send a frame, not whether it arrives: a trunk that is down or drops frames is ignored.
"""

from collections.abc import Mapping, Sequence

from harness.model.topology import Topology


class Forwarding:
    """`fdb`: (switch, MAC address) → port (NODE.SEGMENT, TRUNK.a or TRUNK.b), as learnt at one instant.

    `virtual`: (segment, MAC address) → the nodes that have a MAC address which no card has: a virtual one.
    """

    def __init__(
        self,
        topology: Topology,
        fdb: Mapping[tuple[str, str], str],
        virtual: Mapping[tuple[str, str], Sequence[str]] | None = None,
    ) -> None:
        self._topology = topology
        self._fdb = fdb
        self._virtual = virtual or {}

    def reaches(self, switch: str, mac: str) -> str | None:
        """The node that a frame to `mac` reaches when it enters `switch`; None if it reaches none, or circles."""
        visited: set[str] = set()
        while switch not in visited:
            visited.add(switch)
            port = self._fdb.get((switch, mac))
            if port is None:
                return self._flood(switch, mac)
            beyond = self._beyond(port)
            if beyond is None:
                return port.split(".")[0]
            switch = beyond
        return None

    def _beyond(self, port: str) -> str | None:
        """The switch at the other end of the trunk; None for a node's port."""
        for trunk in self._topology.trunks.values():
            if port == trunk.end_a:
                return trunk.b
            if port == trunk.end_b:
                return trunk.a
        return None

    def _flood(self, switch: str, mac: str) -> str | None:
        """A frame to an unknown MAC goes to every port of the segment: the node that has it, if exactly one has."""
        segment = self._topology.switches[switch]
        having = [port.node for port in self._topology.ports.values() if port.segment == segment and port.mac == mac]
        having += self._virtual.get((segment, mac), ())
        return having.pop() if len(having) == 1 else None
